// Cuts a language model's text, as it streams in, into pieces to be spoken: the first clause as
// early as it makes sense, so that the voice can begin, then whole sentences. What a full stop or a
// number's comma means is told by the token behind it; a comma behind a word, a question mark and
// an exclamation mark end the first piece at once. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

struct SegmenterConfig {
  std::size_t first_clause = 10;    // bytes; shorter first clauses wait for more
  std::size_t long_first = 0;       // bytes; longer, the first piece may end before an "and"; 0: no
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
  void drop_orphans();

  SegmenterConfig config_;
  std::string pending_;
  std::size_t scanned_ = 0;
  bool first_ = true;
  bool early_ = false;  // the last piece was cut off before what follows it was known
};

}  // namespace jackfield
