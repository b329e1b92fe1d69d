// Deepgram's conversational recognition, /v2/listen (Flux): it finds the turns itself, so it wants
// all audio, and has neither KeepAlive nor Finalize.
// https://developers.deepgram.com/reference/speech-to-text/listen-flux
#pragma once

#include "stt_service.hpp"

namespace deepgram {

class FluxProtocol final : public jackfield::SttService {
 public:
  jackfield::SttMessage audio(std::span<const uint8_t> bytes) override;
  std::optional<jackfield::SttMessage> finish() override { return std::nullopt; }
  std::optional<jackfield::SttMessage> keep_alive() override { return std::nullopt; }
  std::optional<jackfield::SttMessage> goodbye() override;
  bool continuous() const override { return true; }
  jackfield::SttReading read(std::string_view text) override;
};

}  // namespace deepgram
