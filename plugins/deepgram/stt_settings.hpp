// The properties of deepgramstt.
#pragma once

#include <gst/gst.h>

#include <string>

#include "listen_url.hpp"
#include "member_properties.hpp"
#include "stt_session.hpp"

namespace deepgram {

enum Api { kApiNova, kApiFlux };

// Under the element's object lock.
struct SttSettings {
  ListenSettings listen;
  std::string keyterms;
  std::string api_key;
  jackfield::SttSession::Config session;
};

// For class_init: installs them, and marks the enumerations as API of the plugin. They are there as
// long as the class.
const jackfield::MemberProperties<SttSettings>* make_stt_properties(GObjectClass* klass);

}  // namespace deepgram
