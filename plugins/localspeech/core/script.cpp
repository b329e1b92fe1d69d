#include "script.hpp"

#include <algorithm>

#include "json_checks.hpp"

namespace localspeech {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kMaxSlotSize = 20;
constexpr unsigned kMaxReprompts = 100;
constexpr std::string_view kHeardText = "text";  // ${text}: the words of the turn

class ScriptReader {
 public:
  explicit ScriptReader(const JsonValue& root) : root_(root) {}

  std::shared_ptr<const Script> read() {
    json_check_keys(root_,
                    {"description", "slots", "variables", "intents", "start", "greeting", "states",
                     "always", "not_understood"},
                    "a script");
    read_slots();
    read_variables();
    read_intents();
    read_state_names();
    if (const JsonValue* description = root_.find("description")) {
      script_->description = json_text(*description, "the description");
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
  void read_slots() {
    const JsonValue* slots = root_.find("slots");
    if (!slots) return;
    json_require(*slots, Kind::kObject, "\"slots\"");
    for (const JsonMember& member : slots->members) {
      json_check_name(member, "a slot");
      if (member.key == kHeardText) throw ScriptError(member.where, R"(the name "text" is taken)");
      script_->slots.emplace(member.key, read_slot(member));
    }
  }

  Slot read_slot(const JsonMember& member) {
    const std::string what = "the slot " + quoted(member.key);
    json_check_keys(member.value, {"type", "min", "max", "values"}, what);
    Slot slot{.name = member.key};
    const JsonValue& type = json_needed(member.value, "type", what);
    const std::string name = json_text(type, "the type of a slot");
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
      slot.min = json_count(*min, kMaxSlotSize, "\"min\"");
    slot.max = slot.min;
    if (const JsonValue* max = member.value.find("max")) {
      slot.max = json_count(*max, kMaxSlotSize, "\"max\"");
      if (slot.max < slot.min) throw ScriptError(max->where, R"("max" is less than "min")");
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
    json_require(values, Kind::kObject, "\"values\"");
    if (values.members.empty()) throw ScriptError(values.where, "\"values\" is empty");
    std::vector<SlotChoice> choices;
    for (const JsonMember& member : values.members) {
      SlotChoice choice{.value = member.key, .ways = {}};
      json_require(member.value, Kind::kArray, "the ways to say a value");
      for (const JsonValue& way : member.value.items) {
        auto words = spoken_words(json_text(way, "a way to say a value"), kMaxSlotSize);
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
    json_require(*variables, Kind::kObject, "\"variables\"");
    for (const JsonMember& member : variables->members) {
      json_check_name(member, "a variable");
      if (script_->slots.contains(member.key) || member.key == kHeardText) {
        throw ScriptError(member.where, "the name " + quoted(member.key) + " is taken");
      }
      script_->variables.emplace(member.key,
                                 json_text(member.value, "the first value of a variable"));
    }
  }

  void read_intents() {
    const JsonValue& intents = json_needed(root_, "intents", "a script");
    json_require(intents, Kind::kObject, "\"intents\"");
    for (const JsonMember& member : intents.members) {
      json_check_name(member, "an intent");
      Intent intent{.name = member.key, .phrases = {}};
      json_require(member.value, Kind::kArray, "the phrases of an intent");
      if (member.value.items.empty())
        throw ScriptError(member.value.where, "an intent needs phrases");
      for (const JsonValue& phrase : member.value.items) {
        const std::string words = json_text(phrase, "a phrase");
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
    const JsonValue& states = json_needed(root_, "states", "a script");
    json_require(states, Kind::kObject, "\"states\"");
    for (const JsonMember& member : states.members) {
      json_check_name(member, "a state");
      script_->states[member.key];
    }
    const JsonValue& start = json_needed(root_, "start", "a script");
    script_->start = state_name(start);
  }

  std::string state_name(const JsonValue& value) {
    std::string name = json_text(value, "the name of a state");
    if (!script_->states.contains(name))
      throw ScriptError(value.where, "there is no state " + quoted(name));
    return name;
  }

  void read_rules_of_states() {
    for (const JsonMember& member : root_.find("states")->members) {
      const std::string what = "the state " + quoted(member.key);
      json_check_keys(member.value, {"rules", "reprompts"}, what);
      DialogueState& state = script_->states[member.key];
      state.rules = read_rules(json_needed(member.value, "rules", what), "\"rules\"");
      if (const JsonValue* reprompts = member.value.find("reprompts")) {
        state.reprompts = read_templates(*reprompts);
      }
    }
  }

  std::vector<Rule> read_rules(const JsonValue& rules, const std::string& what) {
    json_require(rules, Kind::kArray, what);
    std::vector<Rule> list;
    for (const JsonValue& value : rules.items) {
      json_check_keys(value,
                      {"intent", "when", "say", "repeat", "set", "next", "hang_up", "transfer"},
                      "a rule");
      Rule rule;
      const JsonValue& intent = json_needed(value, "intent", "a rule");
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
    const std::string name = json_text(value, "the name of an intent");
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
    json_require(when, Kind::kObject, "\"when\"");
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
    json_check_keys(value, {"say", "set", "next", "hang_up", "transfer"}, what);
    return read_reply(value);
  }

  Reply read_reply(const JsonValue& value) {
    Reply reply;
    if (const JsonValue* say = value.find("say")) reply.say = read_templates(*say);
    if (const JsonValue* repeat = value.find("repeat"))
      reply.repeat = json_boolean(*repeat, "\"repeat\"");
    if (const JsonValue* set = value.find("set")) {
      json_require(*set, Kind::kObject, "\"set\"");
      for (const JsonMember& member : set->members) {
        check_variable(member);
        reply.set[member.key] = read_template(member.value);
      }
    }
    if (const JsonValue* next = value.find("next")) reply.next = state_name(*next);
    if (const JsonValue* hang_up = value.find("hang_up"))
      reply.hang_up = json_boolean(*hang_up, "\"hang_up\"");
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
    const std::string source = json_text(value, "what to say");
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
    const JsonValue& value = json_needed(root_, "not_understood", "a script");
    const std::string what = "\"not_understood\"";
    json_check_keys(value, {"say", "limit", "then"}, what);
    script_->reprompts = read_templates(json_needed(value, "say", what));
    if (const JsonValue* limit = value.find("limit")) {
      script_->reprompt_limit =
          static_cast<unsigned>(json_count(*limit, kMaxReprompts, "\"limit\""));
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
