// The properties of deepgramstt.
#pragma once

#include <gst/gst.h>

#include <string>

#include "listen_url.hpp"
#include "stt_session.hpp"

namespace deepgram {

enum Api { kApiNova, kApiFlux };

// Under the element's object lock.
struct SttSettings {
  enum Property {
    kPropApi = 1,
    kPropApiKey,
    kPropBaseUrl,
    kPropModel,
    kPropLanguage,
    kPropKeyterms,
    kPropSmartFormat,
    kPropEndpointing,
    kPropEotThreshold,
    kPropEagerEotThreshold,
    kPropEotTimeout,
    kPropExtraQuery,
    kPropSegmentation,
    kPropPreRoll,
    kPropResultTimeout,
    kPropStats,
    kPropCount
  };

  ListenSettings listen;
  std::string keyterms;
  std::string api_key;
  jackfield::SttSession::Config session;
};

// Of the element's class; marks the enumerations as API of the plugin.
void install_stt_properties(GObjectClass* klass);
// False: there is no such property among the settings.
bool set_property(SttSettings& settings, guint id, const GValue* value);
bool get_property(const SttSettings& settings, guint id, GValue* value);

}  // namespace deepgram
