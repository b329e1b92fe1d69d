#include "thoughts.hpp"

#include <utility>

namespace openai {
namespace {

struct Tag {
  std::string_view begin;
  std::string_view end;
};
// DeepSeek-R1, Qwen3 and many others; Magistral; those fine-tuned to think.
constexpr Tag kTags[] = {{"<think>", "</think>"},
                         {"[THINK]", "[/THINK]"},
                         {"<thinking>", "</thinking>"},
                         {"<thought>", "</thought>"}};

constexpr std::size_t kLongestBegin = 256;  // bytes, white space mostly

std::size_t white_space(std::string_view text) {
  const std::size_t end = text.find_first_not_of(" \t\r\n");
  return end == text.npos ? text.size() : end;
}

}  // namespace

std::string Thoughts::feed(std::string_view text) {
  if (mode_ == Mode::kAnswer) return std::string(text);
  held_ += text;
  if (mode_ == Mode::kBegin) {
    const std::string_view words = std::string_view(held_).substr(white_space(held_));
    bool may_become = false;
    for (const Tag& tag : kTags) {
      may_become = may_become || tag.begin.starts_with(words);
      if (!words.starts_with(tag.begin)) continue;
      end_ = tag.end;
      held_ = words.substr(tag.begin.size());
      mode_ = Mode::kThinking;
      break;
    }
    if (mode_ == Mode::kBegin) {
      if (may_become && held_.size() < kLongestBegin) return "";
      mode_ = Mode::kAnswer;
      return std::exchange(held_, {});
    }
  }
  const std::size_t end = held_.find(end_);
  if (end == held_.npos) {
    if (held_.size() >= end_.size()) held_.erase(0, held_.size() - end_.size() + 1);
    return "";
  }
  std::string answer = held_.substr(end + end_.size());
  held_.clear();
  // Another one may follow.
  mode_ = Mode::kBegin;
  return answer.empty() ? "" : feed(answer);
}

std::string Thoughts::finish() {
  std::string rest = mode_ == Mode::kBegin ? std::move(held_) : std::string();
  *this = Thoughts{};
  return rest;
}

}  // namespace openai
