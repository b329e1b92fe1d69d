// Leaves out what a model thinks aloud in front of its answer, in tags (<think> ... </think>), as
// servers pass it on that do not know the model's way to think. One thread at a time.
#pragma once

#include <string>
#include <string_view>

namespace openai {

class Thoughts {
 public:
  // What of the text so far is answer and was not given before.
  std::string feed(std::string_view text);
  // The text is complete: what could have become a tag.
  std::string finish();

 private:
  enum class Mode { kBegin, kThinking, kAnswer };
  Mode mode_ = Mode::kBegin;
  std::string held_;  // of a tag, not more than it is long
  std::string_view end_;
};

}  // namespace openai
