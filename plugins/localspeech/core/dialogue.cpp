#include "dialogue.hpp"

#include <algorithm>

#include "sentences.hpp"
#include "utf8.hpp"

namespace localspeech {
namespace {

constexpr std::size_t kMaxWords = 64;      // of a turn
constexpr std::size_t kMaxValue = 200;     // bytes of a slot's value
constexpr std::size_t kMaxSentence = 300;  // bytes
constexpr std::size_t kMaxHistory = 400;   // utterances
constexpr std::string_view kHeardText = "text";

}  // namespace

Dialogue::Dialogue(std::shared_ptr<const Script> script, std::uint32_t seed)
    : script_(std::move(script)), random_(seed * 2654435761U + 1), history_(kMaxHistory) {
  memory_.state = script_->start;
  memory_.values.insert(script_->variables.begin(), script_->variables.end());
  before_ = memory_;
}

Answer Dialogue::greet() {
  before_ = memory_;
  Answer answer{.understood = true};
  if (script_->greeting) apply(*script_->greeting, answer);
  remember(0, answer);
  return answer;
}

Answer Dialogue::answer(std::uint32_t turn_id, std::string_view text, bool not_understood) {
  before_ = memory_;
  const auto words = spoken_words(text, kMaxWords);
  if (words.empty() && !not_understood) return {};
  if (!words.empty())
    history_.add_caller(turn_id, jackfield::truncate_utf8(text, 4 * kMaxSentence));
  const Found found = find_rule(words);
  Answer answer;
  if (found.rule) {
    memory_.not_understood = 0;
    for (const auto& [name, value] : found.match.slots) {
      memory_.values[name] = jackfield::truncate_utf8(value, kMaxValue);
    }
    memory_.values[std::string{kHeardText}] = jackfield::truncate_utf8(text, kMaxValue);
    answer.intent = found.intent->name;
    answer.understood = true;
    apply(found.rule->reply, answer);
  } else {
    answer = ask_again();
  }
  remember(turn_id, answer);
  return answer;
}

void Dialogue::heard(std::uint32_t turn_id, std::string_view text) {
  if (!history_.cut(turn_id, text)) return;
  const bool nothing = spoken_words(text, 1).empty();
  if (!nothing || !can_undo_ || turn_id != last_turn_) return;
  memory_ = before_;
  can_undo_ = false;
}

std::string Dialogue::value(std::string_view name) const {
  const auto found = memory_.values.find(name);
  return found == memory_.values.end() ? "" : found->second;
}

Dialogue::Found Dialogue::find_rule(std::span<const std::string> words) const {
  Found best;
  best.match.score = -1;
  if (words.empty()) return best;
  const auto state = script_->states.find(memory_.state);
  find_best(state->second.rules, words, best);
  find_best(script_->always, words, best);
  return best;
}

// Of equal matches the first counts.
void Dialogue::find_best(const std::vector<Rule>& rules, std::span<const std::string> words,
                         Found& best) const {
  for (const Rule& rule : rules) {
    for (const Intent* intent : rule.intents) {
      for (const Phrase& phrase : intent->phrases) {
        auto match = phrase.match(words);
        if (!match || match->score <= best.match.score || !holds(rule, *match)) continue;
        best = {.rule = &rule, .intent = intent, .match = std::move(*match)};
      }
    }
  }
}

bool Dialogue::holds(const Rule& rule, const PhraseMatch& match) const {
  return std::all_of(rule.when.begin(), rule.when.end(), [&](const Condition& condition) {
    const auto just_said = match.slots.find(condition.variable);
    const std::string now =
        just_said != match.slots.end() ? just_said->second : value(condition.variable);
    return condition.equals ? now == *condition.equals : now.empty() != condition.present;
  });
}

std::string Dialogue::fill(const Template& text, bool spoken) const {
  std::string out;
  for (const Template::Part& part : text.parts) {
    if (part.variable.empty()) {
      out += part.text;
      continue;
    }
    const std::string filled = value(part.variable);
    const auto slot = script_->slots.find(part.variable);
    if (filled.empty()) {
      out += part.text;
    } else if (spoken && slot != script_->slots.end()) {
      out += say_slot(slot->second, filled);
    } else {
      out += filled;
    }
  }
  return out;
}

// Never the same variant twice in a row.
const Template& Dialogue::choose(const std::vector<Template>& variants) {
  const std::size_t n = variants.size();
  if (n == 1) return variants.front();
  random_ = random_ * 1664525U + 1013904223U;  // Numerical Recipes' generator; good enough for this
  const std::size_t draw = random_ >> 16;
  const auto [last, first_time] = last_variant_.try_emplace(variants.data(), 0);
  last->second = first_time ? draw % n : (last->second + 1 + draw % (n - 1)) % n;
  return variants[last->second];
}

void Dialogue::say(std::string_view text, Answer& answer) {
  for (std::string& sentence : split_sentences(text, kMaxSentence)) {
    answer.sentences.push_back(std::move(sentence));
  }
}

void Dialogue::apply(const Reply& reply, Answer& answer) {
  for (const auto& [name, text] : reply.set)
    memory_.values[name] = jackfield::truncate_utf8(fill(text, false), kMaxValue);
  if (!reply.say.empty()) say(fill(choose(reply.say), true), answer);
  if (reply.repeat) {
    answer.sentences.insert(answer.sentences.end(), last_said_.begin(), last_said_.end());
  }
  answer.hang_up = reply.hang_up;
  if (reply.transfer) answer.transfer = fill(*reply.transfer, false);
  if (!reply.next.empty()) memory_.state = reply.next;
  // Only the words of the reply itself are repeated, not "I said".
  if (!reply.repeat && !answer.sentences.empty()) last_said_ = answer.sentences;
}

Answer Dialogue::ask_again() {
  Answer answer;
  ++memory_.not_understood;
  if (script_->give_up && memory_.not_understood >= script_->reprompt_limit) {
    memory_.not_understood = 0;
    answer.gave_up = true;
    apply(*script_->give_up, answer);
    return answer;
  }
  const DialogueState& state = script_->states.find(memory_.state)->second;
  const auto& reprompts = state.reprompts.empty() ? script_->reprompts : state.reprompts;
  const std::size_t which = std::min<std::size_t>(memory_.not_understood, reprompts.size()) - 1;
  say(fill(reprompts[which], true), answer);
  return answer;
}

void Dialogue::remember(std::uint32_t turn_id, const Answer& answer) {
  last_turn_ = turn_id;
  can_undo_ = true;
  std::string text;
  for (const std::string& sentence : answer.sentences) {
    if (!text.empty()) text += ' ';
    text += sentence;
  }
  if (!text.empty()) history_.add_agent(turn_id, text);
}

}  // namespace localspeech
