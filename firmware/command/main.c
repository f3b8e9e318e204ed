/*
 * sealroom: the command line for installers, inspectors and scripts.
 */
#include <stdio.h>

#include "base/log.h"
#include "firmware/command/command.h"

int main(int count, char **values)
{
    log_set_program("sealroom");
    text_start();
    int result = command_main(count, values);
    if (fflush(stdout) != 0 && result == COMMAND_OK) {
        perror("sealroom");
        return COMMAND_FAILED;
    }
    return result;
}
