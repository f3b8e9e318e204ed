/*
 * sealroom: the command line for installers, inspectors and scripts.
 */
#include "base/file.h"
#include "base/log.h"
#include "firmware/command/command.h"

int main(int count, char **values)
{
    file_hold_standard();
    log_set_program("sealroom");
    text_start();
    return command_main(count, values);
}
