#include "twiml.hpp"

#include <glib.h>

#include <cstring>

#include "plugins/common/gstpp.hpp"

namespace jackfield::simulate {
namespace {

// 31941: the only track a bidirectional stream may name.
constexpr const char* kOnlyTrack = "inbound_track";
// Name and value of one <Parameter>, together.
constexpr std::size_t kMaxParameter = 500;

struct Reading {
  TwimlResult result;
  std::vector<std::string> open;
  bool response = false;
  bool connect = false;
  bool stream = false;
  bool over = false;  // <Hangup/>: nothing behind it is run
};

void refuse(GError** error, const char* format, ...) G_GNUC_PRINTF(2, 3);
void refuse(GError** error, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_propagate_error(
      error, g_error_new_valist(G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, format, arguments));
  va_end(arguments);
}

bool get_method(const char* value, bool& get, GError** error) {
  if (std::strcmp(value, "GET") == 0) get = true;
  if (get || std::strcmp(value, "POST") == 0) return true;
  refuse(error, "the method \"%s\" is neither GET nor POST", value);
  return false;
}

void read_stream(Reading& r, const char** names, const char** values, GError** error) {
  if (r.stream) return refuse(error, "a second <Stream>; a call has one");
  r.stream = true;
  StreamVerb& stream = r.result.stream;
  for (; *names; ++names, ++values) {
    const std::string_view name = *names;
    if (name == "url") {
      stream.url = *values;
    } else if (name == "name") {
      stream.name = *values;
    } else if (name == "statusCallback") {
      stream.status_callback = *values;
    } else if (name == "statusCallbackMethod") {
      if (!get_method(*values, stream.status_callback_get, error)) return;
    } else if (name == "track") {
      if (std::strcmp(*values, kOnlyTrack) != 0)
        return refuse(error, "31941: <Connect><Stream> allows only track=\"%s\", not \"%s\"",
                      kOnlyTrack, *values);
    } else if (name != "connectorName") {
      return refuse(error, "<Stream> has no attribute \"%s\"", *names);
    }
  }
  if (stream.url.empty()) refuse(error, "<Stream> has no url");
}

void read_parameter(Reading& r, const char** names, const char** values, GError** error) {
  const char* key = nullptr;
  const char* value = nullptr;
  for (; *names; ++names, ++values) {
    if (std::strcmp(*names, "name") == 0)
      key = *values;
    else if (std::strcmp(*names, "value") == 0)
      value = *values;
    else
      return refuse(error, "<Parameter> has no attribute \"%s\"", *names);
  }
  if (!key || !*key || !value) return refuse(error, "<Parameter> needs name and value");
  if (std::strlen(key) + std::strlen(value) >= kMaxParameter)
    return refuse(error, "<Parameter name=\"%.40s\"> is longer than %zu characters", key,
                  kMaxParameter);
  for (const auto& [other, unused] : r.result.stream.parameters)
    if (other == key) return refuse(error, "<Parameter name=\"%s\"> is repeated", key);
  r.result.stream.parameters.emplace_back(key, value);
}

void read_connect(Reading& r, const char** names, const char** values, GError** error) {
  if (r.connect) return refuse(error, "a second <Connect> is not simulated");
  r.connect = true;
  for (; *names; ++names, ++values) {
    bool get = false;
    if (std::strcmp(*names, "method") == 0) {
      if (!get_method(*values, get, error)) return;
    } else if (std::strcmp(*names, "action") == 0) {
      return refuse(error, "<Connect action> is not simulated");
    } else {
      return refuse(error, "<Connect> has no attribute \"%s\"", *names);
    }
  }
}

void read_verb(Reading& r, const std::string& name, const char** names, const char** values,
               GError** error) {
  if (r.over) return;
  if (name == "Connect") return read_connect(r, names, values, error);
  if (name == "Reject") {
    const char* reason = "rejected";
    for (; *names; ++names, ++values)
      if (std::strcmp(*names, "reason") == 0) reason = *values;
    return refuse(error, "the server rejects the call (reason \"%s\")", reason);
  }
  if (name != "Hangup") return refuse(error, "the verb <%s> is not simulated", name.c_str());
  if (!r.connect) return refuse(error, "the server hangs up at once");
  r.over = true;
}

void start_element(GMarkupParseContext*, const char* element, const char** names,
                   const char** values, gpointer data, GError** error) {
  Reading& r = *static_cast<Reading*>(data);
  const std::string name = element;
  const std::string parent = r.open.empty() ? "" : r.open.back();
  if (r.open.empty()) {
    if (name != "Response" || r.response)
      refuse(error, "<%s> stands where <Response> is expected", element);
    r.response = true;
  } else if (parent == "Response") {
    read_verb(r, name, names, values, error);
  } else if (parent == "Connect" && name == "Stream") {
    read_stream(r, names, values, error);
  } else if (parent == "Stream" && name == "Parameter") {
    read_parameter(r, names, values, error);
  } else {
    refuse(error, "<%s> inside <%s> is not simulated", element, parent.c_str());
  }
  r.open.push_back(name);
}

void end_element(GMarkupParseContext*, const char*, gpointer data, GError**) {
  static_cast<Reading*>(data)->open.pop_back();
}

void read_text(GMarkupParseContext*, const char* text, gsize size, gpointer data, GError** error) {
  const std::string_view content{text, size};
  const Reading& r = *static_cast<Reading*>(data);
  if (!r.over && content.find_first_not_of(" \t\r\n") != std::string_view::npos)
    refuse(error, "text inside <%s>", r.open.empty() ? "" : r.open.back().c_str());
}

}  // namespace

TwimlResult parse_twiml(std::string_view text) {
  const GMarkupParser parser{start_element, end_element, read_text, nullptr, nullptr};
  Reading reading;
  GMarkupParseContext* context =
      g_markup_parse_context_new(&parser, GMarkupParseFlags(0), &reading, nullptr);
  gstpp::ErrorPtr error;
  bool good = g_markup_parse_context_parse(context, text.data(), static_cast<gssize>(text.size()),
                                           gstpp::OutPtr{error});
  if (good) good = g_markup_parse_context_end_parse(context, gstpp::OutPtr{error});
  g_markup_parse_context_free(context);
  if (!good)
    reading.result.error = error ? error->message : "not XML";
  else if (!reading.stream)
    reading.result.error = "there is no <Connect><Stream>; Twilio would hang up";
  return std::move(reading.result);
}

}  // namespace jackfield::simulate
