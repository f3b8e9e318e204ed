/* The console: whoever reaches it over a network reaches it by TLS. What is wrong with its files is
 * its own mistake: recording goes on without it. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "firmware/config/config_check.h"
#include "firmware/config/config_listen.h"

#define PEM_LIMIT 65536u

static void check_tls(const struct config_console *console, struct yaml_mistakes *mistakes)
{
    bool has_certificate = console->certificate[0] != '\0';
    bool has_key = console->key[0] != '\0';
    if (has_certificate && !has_key)
        yaml_mistakes_add(mistakes, console->certificate_place,
                          "certificate without key: name the PEM file of its private key");
    if (has_key && !has_certificate)
        yaml_mistakes_add(mistakes, console->key_place,
                          "key without certificate: name the PEM file of its certificate");
}

bool config_console_has_own_key(const struct config_console *console)
{
    return console->present && console->certificate[0] == '\0' && console->address[0] != '\0' &&
           !config_listen_is_loopback(console->address);
}

static void check_pem(const char *path, struct yaml_place place, const char *begin,
                      struct yaml_mistakes *mistakes)
{
    struct error error = {0};
    struct buffer pem = {0};
    if (path[0] == '\0')
        return;
    if (file_read(AT_FDCWD, path, PEM_LIMIT, &pem, &error) != STATUS_OK)
        yaml_mistakes_add(mistakes, place, "%s", error.text);
    else if (memmem(pem.data, pem.size, begin, strlen(begin)) == NULL)
        yaml_mistakes_add(mistakes, place, "%s has no line with %s in it; a PEM file is right",
                          path, begin);
    if (pem.data != NULL)
        explicit_bzero(pem.data, pem.size);
    buffer_release(&pem);
}

static void check_key_mode(const struct config_console *console, struct yaml_mistakes *mistakes)
{
    struct stat found;
    if (console->key[0] != '\0' && stat(console->key, &found) == 0 && (found.st_mode & 077) != 0)
        yaml_mistakes_add(mistakes, console->key_place,
                          "others can read the key %s (mode %04o): chmod 0600 %s", console->key,
                          found.st_mode & 07777u, console->key);
}

void config_check_console(struct config *config, struct yaml_mistakes *mistakes)
{
    struct config_console *console = &config->console;
    if (!console->present)
        return;
    if (!config_listen_read(console->listen, console->address, &console->port))
        console->address[0] = '\0'; /* a mistake of the table's already */
    config_complete_path(config, console->certificate, console->certificate_place, mistakes);
    config_complete_path(config, console->key, console->key_place, mistakes);
    check_tls(console, mistakes);
    check_key_mode(console, mistakes);
    size_t before = yaml_mistakes_count(mistakes);
    check_pem(console->certificate, console->certificate_place, "-----BEGIN CERTIFICATE-----",
              mistakes);
    check_pem(console->key, console->key_place, "PRIVATE KEY-----", mistakes);
    config->own_mistakes += yaml_mistakes_count(mistakes) - before;
}
