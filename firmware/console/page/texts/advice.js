/* What a guard does about an alarm, by what the alarm is called. */
const administrator = ['Call the system administrator.', '请联系系统管理员。'];
const behindTheBack = [
    'Call the security administrator and the system administrator. Touch nothing on the recorder.',
    '请联系安全管理员和系统管理员，不要触动设备。'];
const storage = ['Call the system administrator: the storage needs attention before recordings are lost.',
    '请联系系统管理员：须尽快处理存储，以免丢失录像。'];
const line = ['Call the system administrator; until it is back, watch the door in person.',
    '请联系系统管理员；恢复之前请派人值守该门。'];
const door = ['Go and look at the door, and look at its cameras.', '请到现场查看该门，并查看相关摄像机画面。'];

export const texts = {
    advice_offline: ['See whether the camera has power and its cable is in place; then call the system administrator.',
        '请检查摄像机供电与网线，然后联系系统管理员。'],
    advice_source_offline: line,
    advice_records_lost: ['Call the system administrator: entries of that time may exist on the controller alone.',
        '请联系系统管理员：该时段的门禁记录可能只存在于控制器中。'],
    advice_loss_unknown: ['Call the system administrator: entries of that time may exist on the controller alone.',
        '请联系系统管理员：该时段的门禁记录可能只存在于控制器中。'],
    advice_forced: door,
    advice_held: ['Have the door closed.', '请派人将门关闭。'],
    advice_open_unseen: ['Watch the door in person until its cameras are back.', '摄像机恢复之前，请派人值守该门。'],
    advice_row_altered: behindTheBack,
    advice_rolled_back: behindTheBack,
    advice_accounts_altered: behindTheBack,
    advice_accounts_opened: behindTheBack,
    advice_export_key_altered: behindTheBack,
    advice_volume_mismatch: storage,
    advice_space_short: storage,
    advice_space_full: storage,
    advice_storage_error: storage,
    advice_camera_over_share: administrator,
    advice_nodes_rebuilt: administrator,
    advice_hold_unreadable: administrator,
    advice_process_failing: administrator,
    advice_roster_unusable: administrator,
};
