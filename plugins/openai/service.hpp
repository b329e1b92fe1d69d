// What the elements of this plugin have in common: where the service is, with which key, and what
// its failures mean.
#pragma once

#include <glib.h>

#include <string>
#include <vector>

#include "http_client.hpp"
#include "service_error.hpp"

namespace openai {

// Under the element's object lock.
struct ServiceSettings {
  std::string base_url;  // as set
  std::string api_key;
  std::vector<jackfield::HttpHeader> headers;
};

struct Service {
  std::string base_url;  // without a slash at the end
  std::string key;
  std::vector<jackfield::HttpHeader> headers;  // of every request, besides the key
  bool openai_itself = false;                  // api.openai.com, not another server of the same API
};

// What is not set comes from OPENAI_BASE_URL and OPENAI_API_KEY, as with OpenAI's own clients.
Service find_service(const ServiceSettings& settings);

jackfield::HttpRequest make_request(const Service& service, std::string_view path);

ServiceError describe_failure(const jackfield::HttpFailure& failure, const Service& service);

// Has this process's first caller for a model look it up, and log and post a warning on `element`
// (a GstElement) if the service says when it will be shut down. Returns at once.
void check_model(gpointer element, const Service& service, const std::string& model);

}  // namespace openai
