// Whatever a language model writes, only characters that flite reads safely may reach it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sentences.hpp"
#include "speakable_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n.,;:?!'$";
  const auto speakable =
      localspeech::make_speakable({reinterpret_cast<const char*>(data), size}, 4096).text;
  if (speakable.find_first_not_of(kSafe) != std::string::npos) std::abort();
  for (const auto& sentence : localspeech::split_sentences(speakable, 300)) {
    if (sentence.empty() || sentence.size() > 300) std::abort();
  }
  return 0;
}
