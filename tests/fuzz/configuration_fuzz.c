/* A configuration file. Boards and profiles are looked for in an empty place. */
#include "firmware/config/config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    enum status status = config_parse("/nonexistent/sealroom.yaml", (struct bytes){data, size},
                                      "/nonexistent", &config, &mistakes, &error);
    MUST((status == STATUS_OK) == (config != NULL));
    if (config != NULL) {
        MUST((mistakes.size == 0) == (config->own_mistakes == 0));
        MUST(config->retention.video_days >= CONFIG_VIDEO_DAYS_FLOOR);
        MUST(config->retention.record_days >= CONFIG_RECORD_DAYS_FLOOR);
        MUST(config->camera_count <= CONFIG_CAMERAS_MAX);
    } else if (status == STATUS_INVALID) {
        MUST(mistakes.size > 0 && error.text[0] != '\0');
    }
    MUST(utf8_is_clean(buffer_bytes(&mistakes), true));
    config_free(config);
    buffer_release(&mistakes);
    return 0;
}
