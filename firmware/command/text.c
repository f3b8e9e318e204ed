#include "firmware/command/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

const char *text_in(const struct text *text, enum language language)
{
    return language == LANGUAGE_CHINESE ? text->chinese : text->english;
}

void text_start(void)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
}

int text_width(const char *text)
{
    mbstate_t state = {0};
    int width = 0;
    while (*text != '\0') {
        wchar_t character = 0;
        size_t size = mbrtowc(&character, text, strlen(text), &state);
        if (size == (size_t)-1 || size == (size_t)-2) {
            state = (mbstate_t){0};
            size = 1;
            character = L'?';
        }
        int columns = wcwidth(character);
        width += columns > 0 ? columns : 0;
        text += size;
    }
    return width;
}
