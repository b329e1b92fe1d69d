// Elements of a pipeline by what they are. Any thread.
#pragma once

#include <gst/gst.h>

#include <string_view>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

// Takes the iterator.
inline std::vector<gstpp::ElementPtr> elements_of(GstIterator* it) {
  std::vector<gstpp::ElementPtr> found;
  GValue item = G_VALUE_INIT;
  for (bool more = true; more;) {
    switch (gst_iterator_next(it, &item)) {
      case GST_ITERATOR_OK:
        found.emplace_back(GST_ELEMENT(g_value_dup_object(&item)));
        g_value_reset(&item);
        break;
      case GST_ITERATOR_RESYNC:
        found.clear();
        gst_iterator_resync(it);
        break;
      default:
        more = false;
    }
  }
  if (G_IS_VALUE(&item)) g_value_unset(&item);
  gst_iterator_free(it);
  return found;
}

inline std::vector<gstpp::ElementPtr> find_elements(GstElement* bin, std::string_view factory) {
  std::vector<gstpp::ElementPtr> found = elements_of(gst_bin_iterate_recurse(GST_BIN(bin)));
  std::erase_if(found, [&](const gstpp::ElementPtr& element) {
    GstElementFactory* made_by = gst_element_get_factory(element.get());
    return !made_by || factory != GST_OBJECT_NAME(made_by);
  });
  return found;
}

// The pad of an element (no bin's) at the far end of a link, through the pads of bins; null if
// there is none.
inline gstpp::PadPtr linked_pad(GstPad* pad) {
  constexpr int kMostBins = 32;
  gstpp::PadPtr peer{gst_pad_get_peer(pad)};
  for (int i = 0; peer && i < kMostBins; ++i) {
    if (GST_IS_GHOST_PAD(peer.get())) {
      peer.reset(gst_ghost_pad_get_target(GST_GHOST_PAD(peer.get())));
    } else if (GST_IS_PROXY_PAD(peer.get())) {
      // The inner side of a bin's pad: on from the outer one.
      const gstpp::ObjectPtr<GstProxyPad> outer{
          gst_proxy_pad_get_internal(GST_PROXY_PAD(peer.get()))};
      peer.reset(outer ? gst_pad_get_peer(GST_PAD_CAST(outer.get())) : nullptr);
    } else {
      return peer;
    }
  }
  return nullptr;
}

inline gstpp::ElementPtr find_element(GstElement* bin, std::string_view factory) {
  auto found = find_elements(bin, factory);
  return found.empty() ? gstpp::ElementPtr{} : std::move(found.front());
}

}  // namespace jackfield
