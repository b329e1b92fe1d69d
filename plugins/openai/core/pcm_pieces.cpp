#include "pcm_pieces.hpp"

#include <utility>

namespace openai {

void PcmPieces::feed(std::string_view bytes) {
  pending_.erase(0, std::exchange(read_, 0));
  pending_ += bytes;
}

std::string_view PcmPieces::next() {
  if (!begun_) {
    // Some servers wrap what was asked for as raw samples into a WAV file.
    if (pending_.size() < 4) return {};
    const bool wav = pending_.starts_with("RIFF");
    if (wav && pending_.size() < kWavHeader) return {};
    if (wav) read_ = kWavHeader;
    begun_ = true;
  }
  if (pending_.size() - read_ < bytes_) return {};
  const std::string_view piece = std::string_view(pending_).substr(read_, bytes_);
  read_ += bytes_;
  return piece;
}

std::string_view PcmPieces::rest() {
  const std::string_view all = std::string_view(pending_).substr(read_);
  read_ = pending_.size();
  return all.substr(0, all.size() / 2 * 2);
}

}  // namespace openai
