#include "service_properties.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "gstpp.hpp"
#include "param_flags.hpp"
#include "trial.hpp"

namespace openai {

using jackfield::kReadWritePlaying;
using jackfield::kReadWriteReady;

namespace {

std::vector<jackfield::HttpHeader> headers_of(const GstStructure* structure) {
  std::vector<jackfield::HttpHeader> headers;
  for (gint i = 0; structure && i < gst_structure_n_fields(structure); ++i) {
    const gchar* name = gst_structure_nth_field_name(structure, static_cast<guint>(i));
    const GValue* value = gst_structure_get_value(structure, name);
    if (G_VALUE_HOLDS_STRING(value)) {
      headers.push_back({name, gstpp::get_string(value)});
    } else {
      const gstpp::CharPtr text{gst_value_serialize(value)};
      headers.push_back({name, text ? text.get() : ""});
    }
  }
  return headers;
}

bool is_header(const jackfield::HttpHeader& header) {
  const auto token = [](char c) { return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.'; };
  const auto visible = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7F; };
  // Those that would say something else than what is sent.
  static const char* const kOurs[] = {
      "host", "content-length", "content-type", "transfer-encoding", "connection", "authorization"};
  const bool ours = std::any_of(std::begin(kOurs), std::end(kOurs), [&](const char* name) {
    return g_ascii_strcasecmp(name, header.name.c_str()) == 0;
  });
  return !ours && std::all_of(header.name.begin(), header.name.end(), token) &&
         std::all_of(header.value.begin(), header.value.end(), visible);
}

}  // namespace

void install_service_properties(GObjectClass* klass, const char* model_blurb) {
  const ServiceProperties def;
  const auto install = [klass](guint id, GParamSpec* spec) {
    g_object_class_install_property(klass, id, spec);
  };
  install(kServiceBaseUrl,
          g_param_spec_string(
              "base-url", "Base URL",
              "Address of the API; empty: that in OPENAI_BASE_URL, else https://api.openai.com/v1",
              "", kReadWriteReady));
  install(kServiceApiKey, g_param_spec_string("api-key", "API key",
                                              "Key of the service; unset: that in OPENAI_API_KEY",
                                              nullptr, jackfield::kWriteOnlyReady));
  install(kServiceModel, g_param_spec_string("model", "Model", model_blurb, "", kReadWriteReady));
  install(
      kServiceConnectTimeout,
      g_param_spec_uint64("connect-timeout", "Connect time-out", "For a connection (ns)",
                          GST_MSECOND, 60 * GST_SECOND, def.connect_timeout, kReadWritePlaying));
  install(kServiceMaxRetries, g_param_spec_uint("max-retries", "Most retries",
                                                "Of one request, before its first byte came", 0, 10,
                                                def.max_retries, kReadWritePlaying));
  install(kServiceCheckModel,
          g_param_spec_boolean("check-model", "Check model",
                               "Ask the service once per process when it shuts the model down, and "
                               "warn",
                               def.check_model, kReadWriteReady));
  // They may hold secrets.
  install(kServiceHeaders,
          g_param_spec_boxed("headers", "Headers",
                             "HTTP headers of every request, as a structure of strings",
                             GST_TYPE_STRUCTURE, jackfield::kWriteOnlyReady));
}

bool set_service_property(ServiceProperties& set, guint id, const GValue* value) {
  switch (id) {
    case kServiceBaseUrl:
      set.service.base_url = gstpp::get_string(value);
      return true;
    case kServiceApiKey:
      set.service.api_key = gstpp::get_string(value);
      return true;
    case kServiceModel:
      set.model = gstpp::get_string(value);
      return true;
    case kServiceConnectTimeout:
      set.connect_timeout = g_value_get_uint64(value);
      return true;
    case kServiceMaxRetries:
      set.max_retries = g_value_get_uint(value);
      return true;
    case kServiceCheckModel:
      set.check_model = g_value_get_boolean(value) != FALSE;
      return true;
    case kServiceHeaders:
      set.service.headers = headers_of(static_cast<const GstStructure*>(g_value_get_boxed(value)));
      return true;
    default:
      return false;
  }
}

bool get_service_property(const ServiceProperties& set, guint id, GValue* value) {
  switch (id) {
    case kServiceBaseUrl:
      g_value_set_string(value, set.service.base_url.c_str());
      return true;
    case kServiceModel:
      g_value_set_string(value, set.model.c_str());
      return true;
    case kServiceConnectTimeout:
      g_value_set_uint64(value, set.connect_timeout);
      return true;
    case kServiceMaxRetries:
      g_value_set_uint(value, set.max_retries);
      return true;
    case kServiceCheckModel:
      g_value_set_boolean(value, set.check_model);
      return true;
    default:
      return false;
  }
}

std::optional<Service> prepare_service(GstElement* element, const ServiceProperties& set,
                                       bool any_needs_model) {
  Service service = find_service(set.service);
  GstElementFactory* factory = gst_element_get_factory(element);
  const char* name = factory ? GST_OBJECT_NAME(factory) : GST_OBJECT_NAME(element);
  if (set.model.empty() && (any_needs_model || service.openai_itself)) {
    GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS,
                      ("No model: set the property \"model\" of %s.", name), (nullptr));
    return std::nullopt;
  }
  if (service.openai_itself && service.key.empty()) {
    GST_ELEMENT_ERROR(
        element, RESOURCE, SETTINGS,
        ("No key for api.openai.com: set OPENAI_API_KEY, or the property \"api-key\" of %s; or "
         "\"base-url\" to another server.",
         name),
        (nullptr));
    return std::nullopt;
  }
  for (const jackfield::HttpHeader& header : service.headers) {
    if (is_header(header)) continue;
    GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS,
                      ("\"headers\" of %s: \"%s\" cannot be sent (the key has \"api-key\").", name,
                       header.name.c_str()),
                      (nullptr));
    return std::nullopt;
  }
  if (jackfield::is_trial(element)) return service;
  jackfield::http_prewarm(service.base_url);
  if (set.check_model && !set.model.empty()) check_model(element, service, set.model);
  return service;
}

}  // namespace openai
