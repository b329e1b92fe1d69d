// The properties that elements of streaming services have in common. Each function adds one of
// them (the last one three) to an element's; `Service` is a lambda that finds the service's part of
// the settings: [](auto& settings) -> auto& { return settings.service; }
#pragma once

#include <gst/gst.h>

#include "member_properties.hpp"
#include "stt_session.hpp"

namespace jackfield {

// Settings::api_key
template <typename Settings>
void add_api_key(MemberProperties<Settings>& properties, const char* blurb) {
  properties.add(
      g_param_spec_string("api-key", "API key", blurb, "", kWriteOnlyReady),
      [](auto& settings) -> auto& { return settings.api_key; });
}

// Service::base_url
template <typename Settings, typename Service>
void add_base_url(MemberProperties<Settings>& properties, Service service, const char* blurb) {
  const Settings defaults;
  properties.add(
      g_param_spec_string("base-url", "Base URL", blurb, service(defaults).base_url.c_str(),
                          kReadWriteReady),
      [](auto& settings) -> auto& { return Service{}(settings).base_url; });
}

// Service::model; `value`: what an empty one stands for, where the settings do not say it.
template <typename Settings, typename Service>
void add_model(MemberProperties<Settings>& properties, Service service, const char* blurb,
               const char* value = nullptr) {
  const Settings defaults;
  properties.add(
      g_param_spec_string("model", "Model", blurb, value ? value : service(defaults).model.c_str(),
                          kReadWriteReady),
      [](auto& settings) -> auto& { return Service{}(settings).model; });
}

// Service::language
template <typename Settings, typename Service>
void add_language(MemberProperties<Settings>& properties, Service, const char* blurb) {
  properties.add(
      g_param_spec_string("language", "Language", blurb, "", kReadWriteReady),
      [](auto& settings) -> auto& { return Service{}(settings).language; });
}

// Settings::keyterms
template <typename Settings>
void add_keyterms(MemberProperties<Settings>& properties, const char* blurb) {
  properties.add(
      g_param_spec_string("keyterms", "Key terms", blurb, "", kReadWriteReady),
      [](auto& settings) -> auto& { return settings.keyterms; });
}

// Service::extra
template <typename Settings, typename Service>
void add_extra_query(MemberProperties<Settings>& properties, Service, const char* blurb) {
  properties.add(
      g_param_spec_string("extra-query", "Extra query", blurb, "", kReadWriteReady),
      [](auto& settings) -> auto& { return Service{}(settings).extra; });
}

// Of recognizers, in Settings::session; the nicks of `segmentation` are those that the service has.
template <typename Settings>
void add_turns(MemberProperties<Settings>& properties, GType segmentation) {
  const Settings defaults;
  const SttSession::Config& session = defaults.session;
  properties.add(
      g_param_spec_enum("segmentation", "Segmentation", "What decides where a turn begins and ends",
                        segmentation, static_cast<gint>(session.segmentation), kReadWriteReady),
      [](auto& settings) -> auto& { return settings.session.segmentation; });
  properties.add(
      g_param_spec_uint64("pre-roll", "Pre-roll",
                          "Audio sent from before the announced start of speech (ns)", 0,
                          GST_SECOND, session.pre_roll_ns, kReadWriteReady),
      [](auto& settings) -> auto& { return settings.session.pre_roll_ns; });
  properties.add(
      g_param_spec_uint64("result-timeout", "Result time-out",
                          "How long the text may take from the end of a turn (ns); three times "
                          "that with a reconnection between",
                          100 * GST_MSECOND, 60 * GST_SECOND, session.result_timeout_ns,
                          kReadWriteReady),
      [](auto& settings) -> auto& { return settings.session.result_timeout_ns; });
}

}  // namespace jackfield
