// The properties of elevenlabsstt.
#pragma once

#include <gst/gst.h>

#include <string>

#include "scribe_protocol.hpp"
#include "stt_session.hpp"

namespace elevenlabs {

// Under the element's object lock.
struct SttSettings {
  enum Property {
    kPropApiKey = 1,
    kPropBaseUrl,
    kPropModel,
    kPropLanguage,
    kPropKeyterms,
    kPropTimestamps,
    kPropVadSilence,
    kPropVadThreshold,
    kPropMinSpeech,
    kPropMinSilence,
    kPropExtraQuery,
    kPropSegmentation,
    kPropPreRoll,
    kPropResultTimeout,
    kPropStats,
    kPropCount
  };

  ScribeSettings scribe;
  std::string keyterms;
  std::string api_key;
  jackfield::SttSession::Config session{.segmentation =
                                            jackfield::SttSession::Segmentation::kEvents};
};

// Of the element's class; marks the enumerations as API of the plugin.
void install_stt_properties(GObjectClass* klass);
// False: there is no such property among the settings.
bool set_property(SttSettings& settings, guint id, const GValue* value);
bool get_property(const SttSettings& settings, guint id, GValue* value);

}  // namespace elevenlabs
