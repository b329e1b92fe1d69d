#include "agent_core_settings.hpp"

#include "param_flags.hpp"

namespace agentcore {

const jackfield::MemberProperties<Settings>* make_properties(GObjectClass* klass) {
  using namespace jackfield;
  const Settings defaults;
  auto* properties = new MemberProperties<Settings>(klass);
  const auto text = [&](const char* name, const char* nick, const char* blurb,
                        const std::string& value, GParamFlags flags, auto member) {
    properties->add(g_param_spec_string(name, nick, blurb, value.c_str(), flags), member);
  };
  const auto time = [&](const char* name, const char* nick, const char* blurb, GstClockTime most,
                        GstClockTime value, GParamFlags flags, auto member) {
    properties->add(g_param_spec_uint64(name, nick, blurb, GST_MSECOND, most, value, flags),
                    member);
  };
  text(
      "address", "Address", "Of the agent core: host:port, or unix:/path", defaults.address,
      kReadWriteReady, [](auto& s) -> auto& { return s.address; });
  properties->add(
      g_param_spec_boolean("tls", "TLS", "Encrypt, and check the core's certificate", defaults.tls,
                           kReadWriteReady),
      [](auto& s) -> auto& { return s.tls; });
  properties->add(
      g_param_spec_boolean("insecure", "Insecure",
                           "Speak to another machine without TLS: everybody on the way can listen",
                           defaults.insecure, kReadWriteReady),
      [](auto& s) -> auto& { return s.insecure; });
  properties->add(
      g_param_spec_string("token", "Token",
                          "Shown to the core; unset: that in AGENT_CORE_TOKEN, if there is one",
                          nullptr, kWriteOnlyReady),
      [](auto& s) -> auto& { return s.token; });
  text(
      "caller", "Caller",
      "Who calls: number or name; set it from what somebody vouches for only (empty: unknown)", "",
      kReadWritePlaying, [](auto& s) -> auto& { return s.caller; });
  text(
      "line", "Line", "Which line was called, for the core", "", kReadWriteReady,
      [](auto& s) -> auto& { return s.line; });
  text(
      "language", "Language", "That is spoken (BCP 47), for the core", "", kReadWriteReady,
      [](auto& s) -> auto& { return s.language; });
  text(
      "instructions", "Instructions",
      "What the agent is to do, for the core; may hold ${variables}", "", kReadWriteReady,
      [](auto& s) -> auto& { return s.instructions; });
  text(
      "persona", "Persona", "Text file that goes before the instructions; may hold ${variables}",
      "", kReadWriteReady, [](auto& s) -> auto& { return s.persona; });
  properties->add(
      g_param_spec_boxed("variables", "Variables",
                         "For the core, and values of ${variables}; ${date}, ${time} and "
                         "${weekday} are always there",
                         GST_TYPE_STRUCTURE, kReadWriteReady),
      [](auto& s) -> auto& { return s.variables; });
  text(
      "greeting", "Greeting",
      "What is said when the agent is to speak first; empty: the core says it", "", kReadWriteReady,
      [](auto& s) -> auto& { return s.greeting; });
  text(
      "apology", "Apology", "What is said when the core failed; empty: nothing", defaults.apology,
      kReadWritePlaying, [](auto& s) -> auto& { return s.apology; });
  time(
      "connect-timeout", "Connect time-out",
      "Until the core takes the call, and for a turn until it can be asked (ns)", 60 * GST_SECOND,
      defaults.connect_timeout, kReadWriteReady,
      [](auto& s) -> auto& { return s.connect_timeout; });
  time(
      "first-text-timeout", "First text time-out",
      "For the beginning of a reply, and after the results of tools (ns)", 600 * GST_SECOND,
      defaults.first_text_timeout, kReadWritePlaying,
      [](auto& s) -> auto& { return s.first_text_timeout; });
  time(
      "text-timeout", "Text time-out", "Between two parts of a reply, and for its end (ns)",
      600 * GST_SECOND, defaults.text_timeout, kReadWritePlaying,
      [](auto& s) -> auto& { return s.text_timeout; });
  time(
      "ping-interval", "Ping interval",
      "A core that has sent nothing is asked for a sign of life after so long, and taken for dead "
      "after twice as long (ns)",
      60 * GST_SECOND, defaults.ping_interval, kReadWriteReady,
      [](auto& s) -> auto& { return s.ping_interval; });
  properties->add_history();
  properties->add_stats();
  return properties;
}

}  // namespace agentcore
