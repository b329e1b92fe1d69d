// Deepgram's live recognition, /v1/listen (Nova): audio as binary frames, control as JSON texts.
// https://developers.deepgram.com/reference/speech-to-text/listen-streaming
#pragma once

#include "stt_service.hpp"

namespace deepgram {

class NovaProtocol final : public jackfield::SttService {
 public:
  jackfield::SttMessage audio(std::span<const uint8_t> bytes) override;
  std::optional<jackfield::SttMessage> finish() override;
  std::optional<jackfield::SttMessage> keep_alive() override;
  std::optional<jackfield::SttMessage> goodbye() override;
  jackfield::SttReading read(std::string_view text) override;
};

}  // namespace deepgram
