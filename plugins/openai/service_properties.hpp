// The properties that elements of services behind the OpenAI API over HTTP have in common, and
// what is to be done about them before such an element starts.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

#include "service.hpp"

namespace openai {

// Under the element's object lock.
struct ServiceProperties {
  ServiceSettings service;
  std::string model;
  GstClockTime connect_timeout = 5 * GST_SECOND;
  guint max_retries = 2;
  bool check_model = true;
};

// Numbers of the properties; an element's own begin at kOwnProperties.
enum : guint {
  kServiceBaseUrl = 1,
  kServiceApiKey,
  kServiceModel,
  kServiceConnectTimeout,
  kServiceMaxRetries,
  kServiceCheckModel,
  kServiceHeaders,
  kOwnProperties
};

void install_service_properties(GObjectClass* klass, const char* model_blurb);
// With the object lock held; false when `id` is not one of these properties.
bool set_service_property(ServiceProperties& set, guint id, const GValue* value);
bool get_service_property(const ServiceProperties& set, guint id, GValue* value);

// The service, for the way to READY: connects to it, and has the model's end looked up if that is
// wanted. An element error, and none, with headers that are none, and without a key or a model
// where they are needed: both at api.openai.com, with `any_needs_model` the model everywhere.
std::optional<Service> prepare_service(GstElement* element, const ServiceProperties& set,
                                       bool any_needs_model);

}  // namespace openai
