#include "caller_tools.hpp"

#include <optional>
#include <string>
#include <utility>

#include "brain_caller.hpp"
#include "json_reader.hpp"

namespace agentbrain {
namespace {

using jackfield::JsonValue;
using tools::CallOutcome;

using Memory = std::function<std::shared_ptr<CallerMemory>()>;
using Work =
    std::function<void(CallerMemory& memory, const JsonValue& arguments, CallerMemory::Done done)>;

std::string text_of(const JsonValue& arguments, const char* member) {
  const JsonValue* value = arguments.find(member);
  return value ? value->string : "";
}

// One of the functions: they differ in their words and in what they do.
class CallerTool final : public BuiltInTool {
 public:
  CallerTool(tools::FunctionSettings definition, Memory memory, Work work)
      : definition_(std::move(definition)), memory_(std::move(memory)), work_(std::move(work)) {}

  tools::FunctionSettings definition() const override { return definition_; }
  void start(std::uint64_t, const std::string& arguments, std::uint64_t, Done done) override {
    const auto memory = memory_();
    if (!memory) return done(CallOutcome::kError, "nobody knows who calls");
    const auto parsed = jackfield::parse_json(arguments);
    if (!parsed.value) return done(CallOutcome::kError, "the arguments are no JSON");
    work_(*memory, *parsed.value, [done = std::move(done)](bool good, const std::string& text) {
      done(good ? CallOutcome::kOk : CallOutcome::kError, text);
    });
  }
  // What is begun is done.
  void cancel(std::uint64_t) override {}

 private:
  const tools::FunctionSettings definition_;
  const Memory memory_;
  const Work work_;
};

tools::FunctionSettings function(const char* name, const char* description, const char* schema) {
  tools::FunctionSettings settings;
  settings.name = name;
  settings.description = description;
  settings.schema = jackfield::read_json(schema);
  settings.rules.timeout = 10'000'000'000;
  // Half of it would be worse than all, and nothing is said while it runs.
  settings.rules.finish_on_interruption = true;
  settings.rules.filler = "";
  settings.rules.permission = kKnownCaller;
  return settings;
}

}  // namespace

BuiltInTools make_caller_tools(Memory memory, std::function<void(const CallerMemory&)> forgotten) {
  BuiltInTools all;
  all.push_back(std::make_shared<CallerTool>(
      function("remember",
               "Writes down one fact about the caller that will be of use when they call again: a "
               "preference, something agreed upon, how they want to be served. You read it in "
               "later calls. Only what the caller has said of themselves or agreed to; never "
               "passwords, PINs, numbers of cards, nor anything that they do not want to be kept. "
               "One fact in a short sentence. Their name goes to set_caller_name.",
               R"({"type":"object","properties":{"note":{"type":"string","minLength":1,)"
               R"("maxLength":1024,"description":"the fact, one short sentence"}},)"
               R"("required":["note"],"additionalProperties":false})"),
      memory, [](CallerMemory& of, const JsonValue& arguments, CallerMemory::Done done) {
        of.remember(text_of(arguments, "note"), std::move(done));
      }));
  all.push_back(std::make_shared<CallerTool>(
      function("set_caller_name",
               "Writes down how the caller is called, and which language they speak, for later "
               "calls. Only a name that they have given themselves.",
               R"({"type":"object","properties":{"name":{"type":"string","minLength":1,)"
               R"("maxLength":128},"language":{"type":"string","pattern":"^[A-Za-z0-9-]{2,35}$",)"
               R"("description":"BCP 47, such as de or en-GB"}},)"
               R"("required":["name"],"additionalProperties":false})"),
      memory, [](CallerMemory& of, const JsonValue& arguments, CallerMemory::Done done) {
        std::optional<std::string> language;
        if (arguments.find("language")) language = text_of(arguments, "language");
        of.set_name(text_of(arguments, "name"), language, std::move(done));
      }));
  all.push_back(std::make_shared<CallerTool>(
      function("forget_caller",
               "Deletes all that is kept about the caller: name, language, notes, permissions, and "
               "what this call would add. It cannot be undone. Only when the caller asks for it, "
               "and only after you have asked them whether they are sure and they have said yes; "
               "then set confirmed to true. Recordings and transcripts of calls are kept apart: "
               "do not promise that they are deleted.",
               R"({"type":"object","properties":{"confirmed":{"type":"boolean","const":true,)"
               R"("description":"the caller was asked whether they are sure, and said yes"}},)"
               R"("required":["confirmed"],"additionalProperties":false})"),
      memory, [forgotten](CallerMemory& of, const JsonValue&, CallerMemory::Done done) {
        // Their job holds the memory as long as this.
        of.forget([forgotten, &of, done = std::move(done)](bool good, const std::string& text) {
          if (good) forgotten(of);
          done(good, text);
        });
      }));
  return all;
}

}  // namespace agentbrain
