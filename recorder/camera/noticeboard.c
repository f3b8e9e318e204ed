#include "camera/noticeboard.h"

static void tell(struct noticeboard *board, unsigned kind, const struct clock_reading *now)
{
    struct notice *notice = &board->notices[kind];
    struct message_stream_note message = {
        .at_utc_ns = now->utc_ns,
        .note = (uint16_t)kind,
        .count = notice->count,
    };
    message_text(message.detail, sizeof message.detail, notice->detail);
    link_report(board->link, MESSAGE_STREAM_NOTE, &message);
    notice->count = 0;
    notice->told_ns = now->monotonic_ns;
}

void noticeboard_put(struct noticeboard *board, enum camera_note note, uint64_t count,
                     const char *detail)
{
    if ((unsigned)note >= NOTICE_KINDS) {
        return;
    }
    struct notice *notice = &board->notices[note];
    notice->count += count;
    message_text(notice->detail, sizeof notice->detail, detail);
    struct clock_reading now = clock_now(board->clock);
    if (notice->told_ns == 0 || now.monotonic_ns - notice->told_ns >= NOTICE_INTERVAL_NS) {
        tell(board, note, &now);
    }
}

void noticeboard_tell(struct noticeboard *board, bool all)
{
    struct clock_reading now = clock_now(board->clock);
    for (unsigned kind = 0; kind < NOTICE_KINDS; kind++) {
        const struct notice *notice = &board->notices[kind];
        bool due = all || now.monotonic_ns - notice->told_ns >= NOTICE_INTERVAL_NS;
        if (notice->count > 0 && due) {
            tell(board, kind, &now);
        }
    }
}
