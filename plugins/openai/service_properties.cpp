#include "service_properties.hpp"

#include "param_flags.hpp"
#include "trial.hpp"

namespace openai {

using jackfield::kReadWritePlaying;
using jackfield::kReadWriteReady;

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
}

bool set_service_property(ServiceProperties& set, guint id, const GValue* value) {
  switch (id) {
    case kServiceBaseUrl:
      set.service.base_url = string_of(value);
      return true;
    case kServiceApiKey:
      set.service.api_key = string_of(value);
      return true;
    case kServiceModel:
      set.model = string_of(value);
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
  if (jackfield::is_trial(element)) return service;
  jackfield::http_prewarm(service.base_url);
  if (set.check_model && !set.model.empty()) check_model(element, service, set.model);
  return service;
}

std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

}  // namespace openai
