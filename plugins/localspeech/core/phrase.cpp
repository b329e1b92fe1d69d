#include "phrase.hpp"

#include <algorithm>

namespace localspeech {
namespace {

constexpr std::size_t kMaxProgram = 400;
constexpr int kMaxNesting = 8;
constexpr int kWordScore = 4;
constexpr int kSlotScore = 3;
constexpr int kFreeScore = 1;
constexpr int kNoMatch = -1;
constexpr int kUnknown = -2;

}  // namespace

// Compiles to a small program, as for regular expressions; its jumps only go forward.
struct Phrase::Parser {
  std::string_view text;
  const std::map<std::string, Slot, std::less<>>& slots;
  std::vector<Instruction>& program;
  std::size_t at = 0;

  void skip_space() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n')) ++at;
  }
  void add(Instruction instruction) {
    if (program.size() >= kMaxProgram) throw PhraseError(at, "this phrase is too long");
    program.push_back(std::move(instruction));
  }

  // Reads until `closing` ('\0': the end).
  void sequence(char closing, std::size_t opened_at, int nesting) {
    if (nesting > kMaxNesting) throw PhraseError(opened_at, "brackets are nested too deeply");
    while (true) {
      skip_space();
      if (at >= text.size()) {
        if (closing == '\0') return;
        throw PhraseError(opened_at,
                          std::string("this bracket is not closed by '") + closing + "'");
      }
      const char c = text[at];
      if (c == closing || (c == '|' && closing != '\0')) return;
      if (c == '*') {
        ++at;
        add({.op = Op::kAny});
      } else if (c == '{') {
        slot();
      } else if (c == '[' || c == '(') {
        alternatives(c == '[', nesting);
      } else {
        words();
      }
    }
  }

  // (a | b), or [a | b] with nothing as a further alternative.
  void alternatives(bool optional, int nesting) {
    const std::size_t begin = at;
    std::vector<std::size_t> jumps;
    do {
      ++at;  // the bracket or '|'
      const std::size_t split = program.size();
      add({.op = Op::kSplit});
      sequence(optional ? ']' : ')', begin, nesting + 1);
      jumps.push_back(program.size());
      add({.op = Op::kJump});
      program[split].to = program.size();
    } while (text[at] == '|');
    ++at;
    // Here no alternative was taken: a jump beyond the program matches nothing.
    if (!optional) add({.op = Op::kJump, .to = kMaxProgram + 1});
    for (const std::size_t jump : jumps) program[jump].to = program.size();
  }

  void slot() {
    const std::size_t begin = at++;
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) throw PhraseError(begin, "this brace is not closed by '}'");
    const std::string_view name = text.substr(at, end - at);
    const auto found = slots.find(name);
    if (found == slots.end()) {
      throw PhraseError(begin, "there is no slot \"" + std::string{name} + "\"");
    }
    at = end + 1;
    add({.op = Op::kSlot, .slot = &found->second});
  }

  void words() {
    static constexpr std::string_view kEnds = " \t\n*{}[]()|";
    const std::size_t begin = at;
    while (at < text.size() && kEnds.find(text[at]) == std::string_view::npos) ++at;
    if (at == begin)
      throw PhraseError(begin, std::string("'") + text[at] + "' does not belong here");
    for (std::string& word : spoken_words(text.substr(begin, at - begin), 16)) {
      add({.op = Op::kWord, .word = std::move(word)});
    }
  }
};

Phrase::Phrase(std::string_view text, const std::map<std::string, Slot, std::less<>>& slots) {
  Parser{text, slots, program_}.sequence('\0', 0, 0);
  const bool says_something =
      std::any_of(program_.begin(), program_.end(), [](const Instruction& i) {
        return i.op == Op::kWord || i.op == Op::kSlot || i.op == Op::kAny;
      });
  if (!says_something) throw PhraseError(0, "this phrase has no words");
}

// best(pc, word): the highest score of the rest of the program on the rest of the words.
struct Phrase::Matcher {
  const std::vector<Instruction>& program;
  std::span<const std::string> words;
  std::vector<int> memory;

  int best(std::size_t pc, std::size_t word) {
    if (pc == program.size()) return word == words.size() ? 0 : kNoMatch;
    if (pc > program.size()) return kNoMatch;
    int& known = memory[pc * (words.size() + 1) + word];
    if (known == kUnknown) known = compute(pc, word);
    return known;
  }

  static int plus(int score, int rest) { return rest == kNoMatch ? kNoMatch : score + rest; }

  int compute(std::size_t pc, std::size_t word) {
    const Instruction& i = program[pc];
    switch (i.op) {
      case Op::kWord:
        return word < words.size() && words[word] == i.word
                   ? plus(kWordScore, best(pc + 1, word + 1))
                   : kNoMatch;
      case Op::kAny:
        return std::max(best(pc + 1, word), word < words.size() ? best(pc, word + 1) : kNoMatch);
      case Op::kSplit:
        return std::max(best(pc + 1, word), best(i.to, word));
      case Op::kJump:
        return best(i.to, word);
      case Op::kSlot: {
        int highest = kNoMatch;
        for (std::size_t n = most_words(i, word); n > 0; --n) {
          if (hear_slot(*i.slot, words.subspan(word, n))) {
            highest = std::max(highest, plus(slot_score(i, n), best(pc + 1, word + n)));
          }
        }
        return highest;
      }
    }
    return kNoMatch;
  }

  std::size_t most_words(const Instruction& i, std::size_t word) const {
    return std::min(i.slot->max_words(), words.size() - word);
  }
  static int slot_score(const Instruction& i, std::size_t n) {
    return static_cast<int>(n) * (i.slot->type == SlotType::kWords ? kFreeScore : kSlotScore);
  }

  // Walks the way that best() found.
  void collect(std::map<std::string, std::string>& slots) {
    std::size_t pc = 0;
    std::size_t word = 0;
    while (pc < program.size()) {
      const Instruction& i = program[pc];
      const int score = best(pc, word);
      if (i.op == Op::kWord) {
        ++pc;
        ++word;
      } else if (i.op == Op::kAny) {
        if (best(pc + 1, word) == score) {
          ++pc;
        } else {
          ++word;
        }
      } else if (i.op == Op::kJump) {
        pc = i.to;
      } else if (i.op == Op::kSplit) {
        pc = best(pc + 1, word) == score ? pc + 1 : i.to;
      } else {
        std::size_t n = most_words(i, word);
        std::optional<std::string> value;
        for (; n > 0; --n) {
          value = hear_slot(*i.slot, words.subspan(word, n));
          if (value && plus(slot_score(i, n), best(pc + 1, word + n)) == score) break;
        }
        if (value) slots[i.slot->name] = *value;
        word += n;
        ++pc;
      }
    }
  }
};

std::optional<PhraseMatch> Phrase::match(std::span<const std::string> words) const {
  Matcher matcher{program_, words,
                  std::vector<int>(program_.size() * (words.size() + 1), kUnknown)};
  PhraseMatch match;
  match.score = matcher.best(0, 0);
  if (match.score == kNoMatch) return std::nullopt;
  matcher.collect(match.slots);
  return match;
}

}  // namespace localspeech
