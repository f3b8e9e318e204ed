/* What the guards' console says no with: firmware/console. */
#include <stddef.h>

#include "phrase/phrase_tables.h"

const struct phrase phrases_of_console[] = {
    {"%s has characters that are not allowed", "%1 含有不允许的字符"},
    {"%s is missing", "缺少 %1"},
    {"%s is no number that is allowed", "%1 不是允许的数值"},
    {"%s is too long: at most %u bytes", "%1 过长：最多 %2 字节"},
    {"%s must be a text", "%1 必须是文本"},
    {"%s must be a whole number", "%1 必须是整数"},
    {"%s must be true or false", "%1 必须是 true 或 false"},
    {"%s must not be empty", "%1 不能为空"},
    {"the HTTP server cannot be started: with TLS, certificate and key may not be PEM, or not fit "
     "each "
     "other",
     "HTTP 服务器无法启动：使用 TLS 时，证书与密钥可能不是 PEM 格式，或互不匹配"},
    {"the address asks for something that is not known", "地址中有无法识别的内容"},
    {"the address is not well-formed", "地址格式不正确"},
    {"the address is too long", "地址过长"},
    {"the address says something twice", "地址中有重复的内容"},
    {"the folder of pages cannot be read", "无法读取页面文件夹"},
    {"the path of %s is too long", "%1 的路径过长"},
    {"the pages are more than %u files", "页面文件超过 %1 个"},
    {"another site's page asks for this", "该请求来自其他网站的页面"},
    {"cannot set a timer", "无法设置定时器"},
    {"cannot watch the keeper's link", "无法监视与保管进程的连接"},
    {"log in first", "请先登录"},
    {"that cannot be done with this page", "此页面不支持该操作"},
    {"the console does not go by this name: see console.name in the configuration",
     "控制台没有这个名称：请见配置中的 console.name"},
    {"the recorder cannot be asked just now: try again", "目前无法询问记录仪：请重试"},
    {"the recorder does not answer", "记录仪没有应答"},
    {"the recorder is being started again", "记录仪正在重新启动"},
    {"there is no such page", "没有这个页面"},
    {"this page is out of date: load it again", "此页面已过期：请重新加载"},
    {"too many pages listen already", "监听的页面过多"},
    {"too much is being asked at once: try again", "同时的请求过多：请重试"},
    {"the request does not say how long it is", "请求没有说明长度"},
    {"the request has too many headers", "请求的头部过多"},
    {"the request is not a JSON object", "请求不是 JSON 对象"},
    {"the request is too long", "请求过长"},
    {"the request says something that is not known", "请求中有无法识别的内容"},
    {NULL, NULL},
};
