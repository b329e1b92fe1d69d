// The properties of elevenlabsstt.
#pragma once

#include <gst/gst.h>

#include <string>

#include "member_properties.hpp"
#include "scribe_protocol.hpp"
#include "stt_session.hpp"

namespace elevenlabs {

// Under the element's object lock.
struct SttSettings {
  ScribeSettings scribe;
  std::string keyterms;
  std::string api_key;
  jackfield::SttSession::Config session{.segmentation =
                                            jackfield::SttSession::Segmentation::kEvents};
};

// For class_init: installs them, and marks the enumerations as API of the plugin. They are there as
// long as the class.
const jackfield::MemberProperties<SttSettings>* make_stt_properties(GObjectClass* klass);

}  // namespace elevenlabs
