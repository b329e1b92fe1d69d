#include "control/typed_texts.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "plugins/common/gstpp.hpp"
#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

constexpr char kSignal[] = "user-text";

bool takes_text(GstElement* element) {
  const guint id = g_signal_lookup(kSignal, G_OBJECT_TYPE(element));
  if (!id) return false;
  GSignalQuery query{};
  g_signal_query(id, &query);
  return (query.signal_flags & G_SIGNAL_ACTION) && query.return_type == G_TYPE_BOOLEAN &&
         query.n_params == 1 &&
         (query.param_types[0] & ~G_SIGNAL_TYPE_STATIC_SCOPE) == G_TYPE_STRING;
}

// An agentbrain hands it on to the stage that is in it.
gstpp::ElementPtr taker_in(GstElement* pipeline) {
  auto found = find_elements(pipeline, "agentbrain");
  if (found.empty()) {
    found = elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline)));
    std::erase_if(found, [](const auto& element) { return !takes_text(element.get()); });
  }
  return found.empty() ? nullptr : std::move(found.front());
}

}  // namespace

void TypedTexts::send(GstElement* pipeline, std::string text, Done done) {
  auto outcome = std::make_shared<Outcome>(Outcome::kNobody);
  const bool taken = work_.add(
      pipeline,
      [text = std::move(text), outcome](GstElement* element) {
        const gstpp::ElementPtr taker = taker_in(element);
        if (!taker) return;
        gboolean is_taken = FALSE;
        g_signal_emit_by_name(taker.get(), kSignal, text.c_str(), &is_taken);
        *outcome = is_taken ? Outcome::kTaken : Outcome::kRefused;
      },
      [done, outcome] { done(*outcome); });
  if (!taken) done(Outcome::kTooMany);
}

}  // namespace jackfield
