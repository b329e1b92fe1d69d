#include "blocking_query.hpp"

#include "gstpp.hpp"

namespace jackfield {
namespace {

constexpr char kNeverBlocks[] = "VoiceNeverBlocks";
constexpr int kMaxDepth = 64;  // deeper than any real pipeline; stops a loop of pads

GstPad* real_sink_pad(GstPad* pad) {
  // A bin's ghost pad stands for the pad inside it.
  GstPad* current = static_cast<GstPad*>(gst_object_ref(pad));
  while (GST_IS_GHOST_PAD(current)) {
    GstPad* target = gst_ghost_pad_get_target(GST_GHOST_PAD(current));
    gst_object_unref(current);
    if (!target) return nullptr;
    current = target;
  }
  return current;
}

// The pad may be asked only about its own element: default handlers forward the query, and one
// branch's answer must not speak for a tee.
bool answers_for_itself(GstPad* sink_pad) {
  gstpp::ElementPtr element{gst_pad_get_parent_element(sink_pad)};
  if (!element) return false;
  gstpp::QueryPtr query{
      gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty(kNeverBlocks))};
  if (!gst_pad_query(sink_pad, query.get())) return false;
  gpointer by = nullptr;
  gst_structure_get(gst_query_get_structure(query.get()), "by", G_TYPE_POINTER, &by, nullptr);
  return by == element.get();
}

bool walk(GstPad* src_pad, int depth);

bool sink_never_blocks(GstPad* sink_pad, int depth) {
  if (depth > kMaxDepth) return false;
  gstpp::PadPtr pad{real_sink_pad(sink_pad)};
  if (!pad) return false;
  if (answers_for_itself(pad.get())) return true;

  GstIterator* it = gst_pad_iterate_internal_links(pad.get());
  if (!it) return false;
  bool any = false;
  bool all = true;
  GValue item = G_VALUE_INIT;
  for (bool done = false; !done;) {
    switch (gst_iterator_next(it, &item)) {
      case GST_ITERATOR_OK:
        any = true;
        all = all && walk(GST_PAD(g_value_get_object(&item)), depth + 1);
        g_value_reset(&item);
        break;
      case GST_ITERATOR_RESYNC:
        any = false;
        all = true;
        gst_iterator_resync(it);
        break;
      default:
        done = true;
        break;
    }
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  return any && all;
}

bool walk(GstPad* src_pad, int depth) {
  gstpp::PadPtr peer{gst_pad_get_peer(src_pad)};
  // Leaving a bin: its inner src pad is linked to the proxy of the ghost pad outside.
  if (peer && GST_IS_PROXY_PAD(peer.get()) && !GST_IS_GHOST_PAD(peer.get())) {
    gstpp::ObjectPtr<GstProxyPad> ghost{gst_proxy_pad_get_internal(GST_PROXY_PAD(peer.get()))};
    return ghost && walk(GST_PAD(ghost.get()), depth + 1);
  }
  return peer && sink_never_blocks(peer.get(), depth + 1);
}

}  // namespace

bool answer_never_blocks(GstQuery* query, GstElement* element) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_CUSTOM) return false;
  const GstStructure* s = gst_query_get_structure(query);
  if (!s || !gst_structure_has_name(s, kNeverBlocks)) return false;
  gst_structure_set(gst_query_writable_structure(query), "by", G_TYPE_POINTER, element, nullptr);
  return true;
}

bool downstream_never_blocks(GstPad* src_pad) { return walk(src_pad, 0); }

}  // namespace jackfield
