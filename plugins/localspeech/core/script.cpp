#include "script.hpp"

#include <algorithm>
#include <initializer_list>

#include "utf8.hpp"

namespace localspeech {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kMaxSlotSize = 20;
constexpr unsigned kMaxReprompts = 100;
constexpr std::string_view kHeardText = "text";  // ${text}: the words of the turn

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

void require(const JsonValue& value, Kind kind, const std::string& what) {
  if (value.kind == kind) return;
  throw ScriptError(value.where,
                    what + " must be " + kind_name(kind) + ", not " + kind_name(value.kind));
}

void check_keys(const JsonValue& object, std::initializer_list<std::string_view> known,
                const std::string& what) {
  require(object, Kind::kObject, what);
  for (const JsonMember& member : object.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    std::string list;
    for (const std::string_view key : known) {
      if (!list.empty()) list += ", ";
      list += key;
    }
    throw ScriptError(member.where,
                      what + " has no key " + quoted(member.key) + " (known: " + list + ")");
  }
}

// Names appear within phrases and replies, so they are kept plain.
void check_name(const JsonMember& member, const std::string& what) {
  const bool plain = !member.key.empty() && member.key.size() <= 40 &&
                     std::all_of(member.key.begin(), member.key.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_' || c == '-';
                     });
  if (!plain) {
    throw ScriptError(member.where, "the name of " + what + " must be letters, digits, '_' or '-'");
  }
}

class ScriptReader {
 public:
  explicit ScriptReader(const JsonValue& root) : root_(root) {}

  std::shared_ptr<const Script> read() {
    check_keys(root_,
               {"description", "slots", "variables", "intents", "start", "greeting", "states",
                "always", "not_understood"},
               "a script");
    read_slots();
    read_variables();
    read_intents();
    read_state_names();
    if (const JsonValue* description = root_.find("description")) {
      script_->description = text(*description, "the description");
    }
    if (const JsonValue* greeting = root_.find("greeting")) {
      script_->greeting = read_reply_value(*greeting, "the greeting");
    }
    read_rules_of_states();
    if (const JsonValue* always = root_.find("always")) {
      script_->always = read_rules(*always, "\"always\"");
    }
    read_not_understood();
    return script_;
  }

 private:
  const JsonValue& needed(const JsonValue& object, std::string_view key, const std::string& what) {
    const JsonValue* value = object.find(key);
    if (!value) throw ScriptError(object.where, what + " needs the key " + quoted(key));
    return *value;
  }

  std::string text(const JsonValue& value, const std::string& what) {
    require(value, Kind::kString, what);
    return value.string;
  }

  bool boolean(const JsonValue& value, const std::string& what) {
    require(value, Kind::kBoolean, what);
    return value.boolean;
  }

  std::size_t count(const JsonValue& value, std::size_t most, const std::string& what) {
    require(value, Kind::kNumber, what);
    const auto number = value.number;
    if (number < 1 || number > static_cast<double>(most) ||
        number != static_cast<double>(static_cast<std::size_t>(number))) {
      throw ScriptError(value.where,
                        what + " must be a whole number from 1 to " + std::to_string(most));
    }
    return static_cast<std::size_t>(number);
  }

  void read_slots() {
    const JsonValue* slots = root_.find("slots");
    if (!slots) return;
    require(*slots, Kind::kObject, "\"slots\"");
    for (const JsonMember& member : slots->members) {
      check_name(member, "a slot");
      if (member.key == kHeardText) throw ScriptError(member.where, "the name \"text\" is taken");
      script_->slots.emplace(member.key, read_slot(member));
    }
  }

  Slot read_slot(const JsonMember& member) {
    const std::string what = "the slot " + quoted(member.key);
    check_keys(member.value, {"type", "min", "max", "values"}, what);
    Slot slot{.name = member.key};
    const JsonValue& type = needed(member.value, "type", what);
    const std::string name = text(type, "the type of a slot");
    if (name == "digits") {
      slot.type = SlotType::kDigits;
    } else if (name == "letters") {
      slot.type = SlotType::kLetters;
    } else if (name == "words") {
      slot.type = SlotType::kWords;
    } else if (name == "choice") {
      slot.type = SlotType::kChoice;
    } else {
      throw ScriptError(type.where,
                        "a slot is of type digits, letters, words or choice, not " + quoted(name));
    }
    if (const JsonValue* min = member.value.find("min"))
      slot.min = count(*min, kMaxSlotSize, "\"min\"");
    slot.max = slot.min;
    if (const JsonValue* max = member.value.find("max")) {
      slot.max = count(*max, kMaxSlotSize, "\"max\"");
      if (slot.max < slot.min) throw ScriptError(max->where, "\"max\" is less than \"min\"");
    }
    const JsonValue* values = member.value.find("values");
    if ((slot.type == SlotType::kChoice) != (values != nullptr)) {
      throw ScriptError(member.where, what + (values ? " is no choice and has no \"values\""
                                                     : " needs \"values\" to choose from"));
    }
    if (values) slot.choices = read_choices(*values);
    return slot;
  }

  // {"sales": ["sales", "the sales department"]}
  std::vector<SlotChoice> read_choices(const JsonValue& values) {
    require(values, Kind::kObject, "\"values\"");
    if (values.members.empty()) throw ScriptError(values.where, "\"values\" is empty");
    std::vector<SlotChoice> choices;
    for (const JsonMember& member : values.members) {
      SlotChoice choice{.value = member.key, .ways = {}};
      require(member.value, Kind::kArray, "the ways to say a value");
      for (const JsonValue& way : member.value.items) {
        auto words = spoken_words(text(way, "a way to say a value"), kMaxSlotSize);
        if (words.empty()) throw ScriptError(way.where, "no words in it");
        choice.ways.push_back(std::move(words));
      }
      if (choice.ways.empty()) throw ScriptError(member.value.where, "no way to say this value");
      choices.push_back(std::move(choice));
    }
    return choices;
  }

  void read_variables() {
    const JsonValue* variables = root_.find("variables");
    if (!variables) return;
    require(*variables, Kind::kObject, "\"variables\"");
    for (const JsonMember& member : variables->members) {
      check_name(member, "a variable");
      if (script_->slots.contains(member.key) || member.key == kHeardText) {
        throw ScriptError(member.where, "the name " + quoted(member.key) + " is taken");
      }
      script_->variables.emplace(member.key, text(member.value, "the first value of a variable"));
    }
  }

  void read_intents() {
    const JsonValue& intents = needed(root_, "intents", "a script");
    require(intents, Kind::kObject, "\"intents\"");
    for (const JsonMember& member : intents.members) {
      check_name(member, "an intent");
      Intent intent{.name = member.key, .phrases = {}};
      require(member.value, Kind::kArray, "the phrases of an intent");
      if (member.value.items.empty())
        throw ScriptError(member.value.where, "an intent needs phrases");
      for (const JsonValue& phrase : member.value.items) {
        const std::string words = text(phrase, "a phrase");
        try {
          intent.phrases.emplace_back(words, script_->slots);
        } catch (const PhraseError& error) {
          throw ScriptError(phrase.inside(error.offset), error.what());
        }
      }
      script_->intents.emplace(member.key, std::move(intent));
    }
  }

  void read_state_names() {
    const JsonValue& states = needed(root_, "states", "a script");
    require(states, Kind::kObject, "\"states\"");
    for (const JsonMember& member : states.members) {
      check_name(member, "a state");
      script_->states[member.key];
    }
    const JsonValue& start = needed(root_, "start", "a script");
    script_->start = state_name(start);
  }

  std::string state_name(const JsonValue& value) {
    std::string name = text(value, "the name of a state");
    if (!script_->states.contains(name))
      throw ScriptError(value.where, "there is no state " + quoted(name));
    return name;
  }

  void read_rules_of_states() {
    for (const JsonMember& member : root_.find("states")->members) {
      const std::string what = "the state " + quoted(member.key);
      check_keys(member.value, {"rules", "reprompts"}, what);
      DialogueState& state = script_->states[member.key];
      state.rules = read_rules(needed(member.value, "rules", what), "\"rules\"");
      if (const JsonValue* reprompts = member.value.find("reprompts")) {
        state.reprompts = read_templates(*reprompts);
      }
    }
  }

  std::vector<Rule> read_rules(const JsonValue& rules, const std::string& what) {
    require(rules, Kind::kArray, what);
    std::vector<Rule> list;
    for (const JsonValue& value : rules.items) {
      check_keys(value, {"intent", "when", "say", "repeat", "set", "next", "hang_up", "transfer"},
                 "a rule");
      Rule rule;
      const JsonValue& intent = needed(value, "intent", "a rule");
      if (intent.kind == Kind::kArray) {
        for (const JsonValue& item : intent.items) rule.intents.push_back(find_intent(item));
        if (rule.intents.empty()) throw ScriptError(intent.where, "a rule needs an intent");
      } else {
        rule.intents.push_back(find_intent(intent));
      }
      if (const JsonValue* when = value.find("when")) rule.when = read_conditions(*when);
      rule.reply = read_reply(value);
      list.push_back(std::move(rule));
    }
    return list;
  }

  const Intent* find_intent(const JsonValue& value) {
    const std::string name = text(value, "the name of an intent");
    const auto found = script_->intents.find(name);
    if (found == script_->intents.end())
      throw ScriptError(value.where, "there is no intent " + quoted(name));
    return &found->second;
  }

  bool is_variable(std::string_view name) const {
    return script_->slots.contains(name) || script_->variables.contains(name);
  }

  void check_variable(const JsonMember& member) {
    if (is_variable(member.key)) return;
    throw ScriptError(member.where, "there is no slot or variable " + quoted(member.key));
  }

  std::vector<Condition> read_conditions(const JsonValue& when) {
    require(when, Kind::kObject, "\"when\"");
    std::vector<Condition> conditions;
    for (const JsonMember& member : when.members) {
      check_variable(member);
      Condition condition{.variable = member.key, .equals = std::nullopt};
      if (member.value.kind == Kind::kBoolean) {
        condition.present = member.value.boolean;
      } else if (member.value.kind == Kind::kString) {
        condition.equals = member.value.string;
      } else {
        throw ScriptError(member.value.where,
                          "a condition is a string, true (has a value) or false");
      }
      conditions.push_back(std::move(condition));
    }
    return conditions;
  }

  // The greeting may be just what to say.
  Reply read_reply_value(const JsonValue& value, const std::string& what) {
    if (value.kind == Kind::kString || value.kind == Kind::kArray) {
      Reply reply;
      reply.say = read_templates(value);
      return reply;
    }
    check_keys(value, {"say", "set", "next", "hang_up", "transfer"}, what);
    return read_reply(value);
  }

  Reply read_reply(const JsonValue& value) {
    Reply reply;
    if (const JsonValue* say = value.find("say")) reply.say = read_templates(*say);
    if (const JsonValue* repeat = value.find("repeat"))
      reply.repeat = boolean(*repeat, "\"repeat\"");
    if (const JsonValue* set = value.find("set")) {
      require(*set, Kind::kObject, "\"set\"");
      for (const JsonMember& member : set->members) {
        check_variable(member);
        reply.set[member.key] = read_template(member.value);
      }
    }
    if (const JsonValue* next = value.find("next")) reply.next = state_name(*next);
    if (const JsonValue* hang_up = value.find("hang_up"))
      reply.hang_up = boolean(*hang_up, "\"hang_up\"");
    if (const JsonValue* transfer = value.find("transfer"))
      reply.transfer = read_template(*transfer);
    return reply;
  }

  std::vector<Template> read_templates(const JsonValue& value) {
    std::vector<Template> list;
    if (value.kind == Kind::kArray) {
      for (const JsonValue& item : value.items) list.push_back(read_template(item));
      if (list.empty()) throw ScriptError(value.where, "this list is empty");
    } else {
      list.push_back(read_template(value));
    }
    return list;
  }

  Template read_template(const JsonValue& value) {
    const std::string source = text(value, "what to say");
    Template result;
    std::string literal;
    std::size_t at = 0;
    while (at < source.size()) {
      if (source.compare(at, 2, "$$") == 0) {
        literal += '$';
        at += 2;
      } else if (source.compare(at, 2, "${") == 0) {
        const std::size_t end = source.find('}', at);
        if (end == std::string::npos)
          throw ScriptError(value.inside(at), "\"${\" is not closed by '}'");
        const std::string inside = source.substr(at + 2, end - at - 2);
        const std::size_t mark = inside.find(":-");
        const std::string name = inside.substr(0, mark);
        if (!is_variable(name) && name != kHeardText) {
          throw ScriptError(value.inside(at), "there is no slot or variable " + quoted(name));
        }
        if (!literal.empty()) result.parts.push_back({.text = std::move(literal), .variable = {}});
        literal.clear();
        result.parts.push_back(
            {.text = mark == std::string::npos ? "" : inside.substr(mark + 2), .variable = name});
        at = end + 1;
      } else {
        literal += source[at++];
      }
    }
    if (!literal.empty()) result.parts.push_back({.text = std::move(literal), .variable = {}});
    return result;
  }

  void read_not_understood() {
    const JsonValue& value = needed(root_, "not_understood", "a script");
    const std::string what = "\"not_understood\"";
    check_keys(value, {"say", "limit", "then"}, what);
    script_->reprompts = read_templates(needed(value, "say", what));
    if (const JsonValue* limit = value.find("limit")) {
      script_->reprompt_limit = static_cast<unsigned>(count(*limit, kMaxReprompts, "\"limit\""));
    }
    if (const JsonValue* then = value.find("then"))
      script_->give_up = read_reply_value(*then, "\"then\"");
  }

  const JsonValue& root_;
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
};

}  // namespace

std::shared_ptr<const Script> read_script(std::string_view json) {
  const JsonValue root = read_json(json);
  return ScriptReader(root).read();
}

}  // namespace localspeech
