// What the properties of openaistt say.
#pragma once

#include <string>

#include "service_properties.hpp"

namespace openai {

enum class SttApi { kAuto, kTranscriptions, kRealtime };

// Under the element's object lock.
struct SttSettings : ServiceProperties {
  SttApi api = SttApi::kAuto;
  std::string path = "/audio/transcriptions";
  std::string language;
  std::string prompt;
  bool stream = false;
  GstClockTime pre_roll = 300 * GST_MSECOND;
  GstClockTime max_turn = 60 * GST_SECOND;
  GstClockTime answer_timeout = 15 * GST_SECOND;
};

}  // namespace openai
