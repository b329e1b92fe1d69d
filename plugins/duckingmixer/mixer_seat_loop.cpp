#include "mixer_seat_loop.hpp"

#include <algorithm>
#include <vector>

#include "gstpp.hpp"

namespace ducking {
namespace {

std::vector<gstpp::PadPtr> src_pads(GstElement* element) {
  gstpp::ObjectLock lock(element);
  std::vector<gstpp::PadPtr> pads;
  for (const GList* at = element->srcpads; at; at = at->next)
    pads.push_back(gstpp::share_object(GST_PAD(at->data)));
  return pads;
}

std::vector<gstpp::ElementPtr> behind(GstElement* element) {
  std::vector<gstpp::ElementPtr> found;
  for (const gstpp::PadPtr& pad : src_pads(element)) {
    const gstpp::PadPtr peer{gst_pad_get_peer(pad.get())};
    if (!peer) continue;
    gstpp::ElementPtr next{gst_pad_get_parent_element(peer.get())};
    if (next) found.push_back(std::move(next));
  }
  return found;
}

}  // namespace

bool is_in_loop(GstElement* element) {
  std::vector<gstpp::ElementPtr> reached = behind(element);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i].get() == element) return true;
    for (gstpp::ElementPtr& next : behind(reached[i].get())) {
      const bool known =
          std::any_of(reached.begin(), reached.end(),
                      [&](const gstpp::ElementPtr& one) { return one.get() == next.get(); });
      if (!known) reached.push_back(std::move(next));
    }
  }
  return false;
}

}  // namespace ducking
