// The address of a Deepgram connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stt_service.hpp"

namespace deepgram {

struct ListenSettings {
  std::string base_url = "wss://api.deepgram.com";
  bool flux = false;
  std::string model;     // empty: nova-3, or flux-general-en
  std::string language;  // Nova: BCP 47 or "multi"; Flux (multi only): a hint
  std::vector<std::string> keyterms;
  bool smart_format = true;                 // Nova
  uint64_t endpointing_ns = 300'000'000;    // Nova: silence that ends an utterance
  bool vad_events = false;                  // Nova
  double eot_threshold = 0.7;               // Flux
  double eager_eot_threshold = 0;           // Flux, 0: no eager events
  uint64_t eot_timeout_ns = 5'000'000'000;  // Flux
  std::string extra;                        // appended to the query as it is, "a=b&c=d"
};

std::string listen_url(const ListenSettings& settings, const jackfield::SttFormat& format);

}  // namespace deepgram
