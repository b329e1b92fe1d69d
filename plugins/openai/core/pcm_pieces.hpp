// Cuts a stream of 16-bit samples that arrives in pieces of any length, odd ones too, into pieces
// of one length. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace openai {

class PcmPieces {
 public:
  explicit PcmPieces(std::size_t samples) : bytes_(samples * 2) {}

  void feed(std::string_view bytes);
  // The next full piece, "" when there is none. Valid until the next call.
  std::string_view next();
  // What is left, whole samples only.
  std::string_view rest();

 private:
  static constexpr std::size_t kWavHeader = 44;

  std::size_t bytes_;
  std::string pending_;
  std::size_t read_ = 0;
  bool begun_ = false;
};

}  // namespace openai
