#include "door/rules_rule.h"

struct rules_conclusion rules_conclusion_of(const struct rules_door *door, const struct rule *rule,
                                            enum door_event said, const struct rules_event *event)
{
    return (struct rules_conclusion){.door = &door->settings,
                                     .by = rule->name,
                                     .event = said,
                                     .at_ns = event->at_ns,
                                     .by_device = event->by_device,
                                     .from_count = 1,
                                     .from = {event->record},
                                     .credential = event->credential,
                                     .method = event->method,
                                     .direction = event->direction,
                                     .detail = ""};
}

void rules_say_end(const struct rules_door *door, const struct rule *rule, enum door_event kind,
                   const struct rules_event *event)
{
    struct rules_conclusion said = rules_conclusion_of(door, rule, kind, event);
    said.alarm = RULES_ALARM_END;
    rules_say(door, &said);
}

int64_t rules_moved(int64_t at_ns, int64_t ns)
{
    int64_t moved_ns = 0;
    if (__builtin_add_overflow(at_ns, ns, &moved_ns))
        moved_ns = ns > 0 ? RULES_TIME_MAX_NS : -RULES_TIME_MAX_NS;
    if (moved_ns > RULES_TIME_MAX_NS)
        moved_ns = RULES_TIME_MAX_NS;
    return moved_ns < -RULES_TIME_MAX_NS ? -RULES_TIME_MAX_NS : moved_ns;
}
