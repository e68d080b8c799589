#ifndef CLIBCURL_H
#define CLIBCURL_H

#include <curl/curl.h>

// Swift cannot call curl's functions with variable arguments, so here is one for each type.

static inline CURLcode curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_bytes(
    CURL *handle, CURLoption option, const void *bytes, curl_off_t count) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
  return code == CURLE_OK ? curl_easy_setopt(handle, option, bytes) : code;
}

static inline CURLcode curl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
  return curl_easy_setopt(handle, option, list);
}

typedef size_t (*curl_receiver)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode curl_set_receiver(
    CURL *handle, CURLoption function, curl_receiver receiver, CURLoption data, void *context) {
  CURLcode code = curl_easy_setopt(handle, function, receiver);
  return code == CURLE_OK ? curl_easy_setopt(handle, data, context) : code;
}

static inline CURLcode curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

#endif
