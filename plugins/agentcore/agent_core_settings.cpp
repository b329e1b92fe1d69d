#include "agent_core_settings.hpp"

#include "param_flags.hpp"

namespace agentcore {
namespace {

enum : guint {
  kPropAddress = kFirstSetting,
  kPropTls,
  kPropInsecure,
  kPropToken,
  kPropCaller,
  kPropLine,
  kPropLanguage,
  kPropInstructions,
  kPropVariables,
  kPropGreeting,
  kPropApology,
  kPropConnectTimeout,
  kPropFirstTextTimeout,
  kPropTextTimeout,
  kPropPingInterval,
};

std::string* text_setting(Settings& s, guint id) {
  switch (id) {
    case kPropAddress:
      return &s.address;
    case kPropCaller:
      return &s.caller;
    case kPropLine:
      return &s.line;
    case kPropLanguage:
      return &s.language;
    case kPropInstructions:
      return &s.instructions;
    case kPropGreeting:
      return &s.greeting;
    case kPropApology:
      return &s.apology;
    default:
      return nullptr;
  }
}

GstClockTime* time_setting(Settings& s, guint id) {
  switch (id) {
    case kPropConnectTimeout:
      return &s.connect_timeout;
    case kPropFirstTextTimeout:
      return &s.first_text_timeout;
    case kPropTextTimeout:
      return &s.text_timeout;
    case kPropPingInterval:
      return &s.ping_interval;
    default:
      return nullptr;
  }
}

bool* switch_setting(Settings& s, guint id) {
  return id == kPropTls ? &s.tls : id == kPropInsecure ? &s.insecure : nullptr;
}

}  // namespace

bool set_setting(Settings& s, guint id, const GValue* value) {
  if (std::string* text = text_setting(s, id)) {
    *text = gstpp::get_string(value);
  } else if (GstClockTime* time = time_setting(s, id)) {
    *time = g_value_get_uint64(value);
  } else if (bool* on = switch_setting(s, id)) {
    *on = g_value_get_boolean(value) != FALSE;
  } else if (id == kPropToken) {
    s.token = gstpp::get_string(value);
  } else if (id == kPropVariables) {
    const auto* structure = static_cast<const GstStructure*>(g_value_get_boxed(value));
    s.variables.reset(structure ? gst_structure_copy(structure) : nullptr);
  } else {
    return false;
  }
  return true;
}

bool get_setting(const Settings& settings, guint id, GValue* value) {
  auto& s = const_cast<Settings&>(settings);
  if (const std::string* text = text_setting(s, id)) {
    g_value_set_string(value, text->c_str());
  } else if (const GstClockTime* time = time_setting(s, id)) {
    g_value_set_uint64(value, *time);
  } else if (const bool* on = switch_setting(s, id)) {
    g_value_set_boolean(value, *on);
  } else if (id == kPropVariables) {
    g_value_set_boxed(value, s.variables.get());
  } else {
    return false;
  }
  return true;
}

void install_properties(GObjectClass* klass) {
  using namespace jackfield;
  const Settings def;
  const auto add = [klass](guint id, GParamSpec* spec) {
    g_object_class_install_property(klass, id, spec);
  };
  const auto text = [&](guint id, const char* name, const char* nick, const char* blurb,
                        const std::string& value, GParamFlags flags) {
    add(id, g_param_spec_string(name, nick, blurb, value.c_str(), flags));
  };
  const auto time = [&](guint id, const char* name, const char* nick, const char* blurb,
                        GstClockTime most, GstClockTime value, GParamFlags flags) {
    add(id, g_param_spec_uint64(name, nick, blurb, GST_MSECOND, most, value, flags));
  };
  text(kPropAddress, "address", "Address", "Of the agent core: host:port, or unix:/path",
       def.address, kReadWriteReady);
  add(kPropTls, g_param_spec_boolean("tls", "TLS", "Encrypt, and check the core's certificate",
                                     def.tls, kReadWriteReady));
  add(kPropInsecure,
      g_param_spec_boolean("insecure", "Insecure",
                           "Speak to another machine without TLS: everybody on the way can listen",
                           def.insecure, kReadWriteReady));
  add(kPropToken,
      g_param_spec_string("token", "Token",
                          "Shown to the core; unset: that in AGENT_CORE_TOKEN, if there is one",
                          nullptr, kWriteOnlyReady));
  text(kPropCaller, "caller", "Caller", "Who calls: number or name; empty: unknown", "",
       kReadWriteReady);
  text(kPropLine, "line", "Line", "Which line was called, for the core", "", kReadWriteReady);
  text(kPropLanguage, "language", "Language", "That is spoken (BCP 47), for the core", "",
       kReadWriteReady);
  text(kPropInstructions, "instructions", "Instructions",
       "What the agent is to do, for the core; may hold ${variables}", "", kReadWriteReady);
  add(kPropVariables,
      g_param_spec_boxed("variables", "Variables",
                         "For the core, and values of ${variables}; ${date}, ${time} and "
                         "${weekday} are always there",
                         GST_TYPE_STRUCTURE, kReadWriteReady));
  text(kPropGreeting, "greeting", "Greeting",
       "What is said when the agent is to speak first; empty: the core says it", "",
       kReadWriteReady);
  text(kPropApology, "apology", "Apology", "What is said when the core failed; empty: nothing",
       def.apology, kReadWritePlaying);
  time(kPropConnectTimeout, "connect-timeout", "Connect time-out",
       "Until the core takes the call, and for a turn until it can be asked (ns)", 60 * GST_SECOND,
       def.connect_timeout, kReadWriteReady);
  time(kPropFirstTextTimeout, "first-text-timeout", "First text time-out",
       "For the beginning of a reply, and after the results of tools (ns)", 600 * GST_SECOND,
       def.first_text_timeout, kReadWritePlaying);
  time(kPropTextTimeout, "text-timeout", "Text time-out",
       "Between two parts of a reply, and for its end (ns)", 600 * GST_SECOND, def.text_timeout,
       kReadWritePlaying);
  time(kPropPingInterval, "ping-interval", "Ping interval",
       "A core that has sent nothing is asked for a sign of life after so long, and taken for dead "
       "after twice as long (ns)",
       60 * GST_SECOND, def.ping_interval, kReadWriteReady);
  add(kPropHistory,
      g_param_spec_string("history", "History",
                          "What was said and heard in this conversation (JSON)", "[]", kReadOnly));
  add(kPropStats,
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, kReadOnly));
}

}  // namespace agentcore
