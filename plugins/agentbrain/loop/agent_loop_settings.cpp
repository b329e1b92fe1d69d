#include "agent_loop_settings.hpp"

#include "member_properties.hpp"

namespace agentbrain::loop {
namespace {

using Properties = jackfield::MemberProperties<Settings>;
using jackfield::kReadWriteReady;

const Properties* properties = nullptr;

}  // namespace

void install_properties(GObjectClass* klass) {
  static Properties all(klass);
  properties = &all;
  const Settings defaults;
  const auto text = [&](const char* name, const char* nick, const char* blurb, const char* value,
                        auto member) {
    all.add(g_param_spec_string(name, nick, blurb, value, kReadWriteReady), member);
  };
  const auto time = [&](const char* name, const char* nick, const char* blurb, guint64 least,
                        guint64 value, auto member) {
    all.add(g_param_spec_uint64(name, nick, blurb, least, 24 * 3600 * GST_SECOND, value,
                                kReadWriteReady),
            member);
  };
  text(
      "llm", "Language model",
      "Description of the stage text -> text that works: a language model that takes tools",
      defaults.llm.c_str(), [](auto& s) -> auto& { return s.llm; });
  text(
      "tools", "Tools", "File that says which tools the model may use; empty: none", "",
      [](auto& s) -> auto& { return s.tools; });
  text(
      "goal", "Goal",
      "What is worked on when PLAYING begins and nothing is linked to the sink pad; the result is "
      "pushed, then the stream ends. Empty: what comes in is worked on",
      "", [](auto& s) -> auto& { return s.goal; });
  all.add(
      g_param_spec_string("instructions", "Instructions",
                          "What the model is told to be, by its property of that name, in place of "
                          "what its description says there",
                          defaults.instructions.c_str(), kReadWriteReady),
      [](Settings& settings, const GValue* value) {
        settings.instructions = gstpp::get_string(value);
        settings.instructions_given = true;
      },
      [](const Settings& settings, GValue* value) {
        g_value_set_string(value, settings.instructions.c_str());
      });
  all.add(
      g_param_spec_uint("max-steps", "Most steps",
                        "Requests to the model after which it has to conclude", 1, 100,
                        defaults.max_steps, kReadWriteReady),
      [](auto& s) -> auto& { return s.max_steps; });
  time(
      "max-time", "Most time", "Time (ns) after which the model has to conclude; 0: no limit", 0,
      defaults.max_time, [](auto& s) -> auto& { return s.max_time; });
  all.add(
      g_param_spec_double("max-cost", "Most cost",
                          "Cost (in the currency of the price list) at which the model has to "
                          "conclude; 0: no limit. Needs prices",
                          0, 1e6, defaults.max_cost, kReadWriteReady),
      [](auto& s) -> auto& { return s.max_cost; });
  text(
      "prices", "Price list", "File with what models cost; empty: costs are not counted", "",
      [](auto& s) -> auto& { return s.prices; });
  time(
      "grace", "Grace", "Time (ns) the model has to conclude once a limit is reached", GST_MSECOND,
      defaults.grace, [](auto& s) -> auto& { return s.grace; });
  all.add_stats();
}

bool set_setting(Settings& settings, guint id, const GValue* value) {
  return properties->set(settings, id, value);
}

bool get_setting(const Settings& settings, guint id, GValue* value) {
  return properties->get(settings, id, value);
}

bool is_stats(guint id) { return properties->is_stats(id); }

}  // namespace agentbrain::loop
