// The action signals by which a language model is given functions that it may call, and is told
// what came of a call.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "function_tools.hpp"
#include "gstpp.hpp"

namespace jackfield {

// std::nullopt after a warning in the log: the list is malformed.
std::optional<std::vector<Tool>> read_offered_tools(GstElement* element, const gchar* json);

// Installs the signals; use add_function_signals().
void install_function_signals(GObjectClass* klass,
                              gboolean (*offer)(GstElement* element, const gchar* json),
                              gboolean (*answer)(GstElement* element, const gchar* id,
                                                 const gchar* output));

// offer-tools (string tools, -> boolean): functions that the model may call besides its own, from
// its next reply on, in place of those offered before: `kOffer` takes them. Whoever offers them
// answers each call. FALSE when the list is malformed.
// answer-tool-call (string id, string output, -> boolean): the result of a call that the element's
// message …/tool-call asked for: `kAnswer` is false when it was not asked, or not any more.
// Any thread.
template <typename Element, void (*kOffer)(Element*, std::vector<Tool>),
          bool (*kAnswer)(Element*, const std::string& id, const std::string& output)>
void add_function_signals(GObjectClass* klass) {
  install_function_signals(
      klass,
      [](GstElement* element, const gchar* json) {
        return gstpp::guarded(element, static_cast<gboolean>(FALSE), [&]() -> gboolean {
          auto tools = read_offered_tools(element, json);
          if (!tools) return FALSE;
          kOffer(reinterpret_cast<Element*>(element), std::move(*tools));
          return TRUE;
        });
      },
      [](GstElement* element, const gchar* id, const gchar* output) {
        return gstpp::guarded(element, static_cast<gboolean>(FALSE), [&]() -> gboolean {
          return id && output && kAnswer(reinterpret_cast<Element*>(element), id, output);
        });
      });
}

}  // namespace jackfield
