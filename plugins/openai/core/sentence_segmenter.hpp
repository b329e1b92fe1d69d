// Cuts a language model's text, as it streams in, into pieces to be spoken: the first clause as
// early as it makes sense, so that the voice can begin, then whole sentences. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace openai {

struct SegmenterConfig {
  std::size_t first_clause = 10;    // bytes; shorter first clauses wait for more
  std::size_t longest_first = 120;  // bytes; the first piece is then cut between words
  std::size_t longest = 300;        // bytes of any other piece
};

class SentenceSegmenter {
 public:
  explicit SentenceSegmenter(const SegmenterConfig& config = {}) : config_(config) {}

  void feed(std::string_view text) { pending_ += text; }
  // The next piece that is complete, trimmed and never empty.
  std::optional<std::string> next();
  // The text is complete: what is left of it. Call next() first.
  std::optional<std::string> finish();

 private:
  std::optional<std::string> cut(std::size_t end);

  SegmenterConfig config_;
  std::string pending_;
  std::size_t scanned_ = 0;
  bool first_ = true;
};

}  // namespace openai
