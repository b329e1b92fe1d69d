#include "turn_events.hpp"

#include <mutex>

#include "gstpp.hpp"

namespace jackfield {
namespace {

constexpr char kTurnStart[] = "VoiceTurnStart";
constexpr char kTurnEnd[] = "VoiceTurnEnd";
constexpr char kReplyEnd[] = "VoiceReplyEnd";
constexpr char kInterim[] = "VoiceInterim";
constexpr char kPlayed[] = "VoicePlayed";
constexpr char kHeard[] = "VoiceHeard";
constexpr char kHistory[] = "VoiceHistory";
constexpr char kAgentRole[] = "agent";
constexpr char kCallerRole[] = "caller";
constexpr char kWords[] = "VoiceWords";
constexpr char kSentence[] = "VoiceSentence";

GstEvent* downstream(GstStructure* s) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, s);
}
GstEvent* upstream(GstStructure* s) { return gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, s); }

const GstStructure* structure_named(GstEvent* event, const char* name) {
  return gst_event_has_name(event, name) ? gst_event_get_structure(event) : nullptr;
}

GstStructure* played_structure(const Played& e) {
  return gst_structure_new(kPlayed, "position", G_TYPE_UINT64, e.position, "discarded",
                           G_TYPE_BOOLEAN, static_cast<gboolean>(e.discarded), nullptr);
}

// Appends the structure to the array, and takes it.
void append(GValue* array, GstStructure* entry) {
  const gstpp::StructurePtr owner{entry};
  GValue item = G_VALUE_INIT;
  g_value_init(&item, GST_TYPE_STRUCTURE);
  gst_value_set_structure(&item, entry);
  gst_value_array_append_and_take_value(array, &item);
}

void register_metas() {
  static std::once_flag once;
  std::call_once(once, [] {
    static const gchar* tags[] = {nullptr};
    gst_meta_register_custom(kWords, tags, nullptr, nullptr, nullptr);
    gst_meta_register_custom(kSentence, tags, nullptr, nullptr, nullptr);
  });
}

}  // namespace

GstEvent* make_event(const TurnStart& e) {
  return downstream(gst_structure_new(kTurnStart, "turn-id", G_TYPE_UINT, e.turn_id, "speech-start",
                                      G_TYPE_UINT64, e.speech_start, nullptr));
}

GstEvent* make_event(const TurnEnd& e) {
  return downstream(gst_structure_new(kTurnEnd, "turn-id", G_TYPE_UINT, e.turn_id, "speech-end",
                                      G_TYPE_UINT64, e.speech_end, "decided-at", G_TYPE_UINT64,
                                      e.decided_at, "not-understood", G_TYPE_BOOLEAN,
                                      static_cast<gboolean>(e.not_understood), nullptr));
}

GstEvent* make_event(const ReplyEnd& e) {
  return downstream(gst_structure_new(kReplyEnd, "turn-id", G_TYPE_UINT, e.turn_id, "hang-up",
                                      G_TYPE_BOOLEAN, static_cast<gboolean>(e.hang_up), "transfer",
                                      G_TYPE_STRING, e.transfer.c_str(), nullptr));
}

GstEvent* make_event(const Interim& e) {
  return upstream(gst_structure_new(kInterim, "turn-id", G_TYPE_UINT, e.turn_id, "text",
                                    G_TYPE_STRING, e.text.c_str(), "final", G_TYPE_BOOLEAN,
                                    static_cast<gboolean>(e.is_final), nullptr));
}

GstEvent* make_event(const Heard& e) {
  return downstream(gst_structure_new(kHeard, "turn-id", G_TYPE_UINT, e.turn_id, "text",
                                      G_TYPE_STRING, e.text.c_str(), nullptr));
}

GstEvent* make_event(const History& e) {
  GstStructure* s = gst_structure_new_empty(kHistory);
  gst_structure_set(s, "from-turn", G_TYPE_UINT, e.from_turn, nullptr);
  GValue list = G_VALUE_INIT;
  g_value_init(&list, GST_TYPE_ARRAY);
  for (const History::Said& said : e.said) {
    append(&list,
           gst_structure_new("said", "role", G_TYPE_STRING,
                             said.by_agent ? kAgentRole : kCallerRole, "turn-id", G_TYPE_UINT,
                             said.turn_id, "text", G_TYPE_STRING, said.text.c_str(), "addressed",
                             G_TYPE_BOOLEAN, static_cast<gboolean>(said.addressed), nullptr));
  }
  gst_structure_take_value(s, "said", &list);
  return downstream(s);
}

GstEvent* make_played_upstream(const Played& e) { return upstream(played_structure(e)); }

GstEvent* make_played_out_of_band(const Played& e) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_OOB, played_structure(e));
}

std::optional<TurnStart> parse_turn_start(GstEvent* event) {
  const GstStructure* s = structure_named(event, kTurnStart);
  if (!s) return std::nullopt;
  return TurnStart{.turn_id = gstpp::get_uint(s, "turn-id", 0),
                   .speech_start = gstpp::get_uint64(s, "speech-start", GST_CLOCK_TIME_NONE)};
}

std::optional<TurnEnd> parse_turn_end(GstEvent* event) {
  const GstStructure* s = structure_named(event, kTurnEnd);
  if (!s) return std::nullopt;
  return TurnEnd{.turn_id = gstpp::get_uint(s, "turn-id", 0),
                 .speech_end = gstpp::get_uint64(s, "speech-end", GST_CLOCK_TIME_NONE),
                 .decided_at = gstpp::get_uint64(s, "decided-at", GST_CLOCK_TIME_NONE),
                 .not_understood = gstpp::get_bool(s, "not-understood", false)};
}

std::optional<ReplyEnd> parse_reply_end(GstEvent* event) {
  const GstStructure* s = structure_named(event, kReplyEnd);
  if (!s) return std::nullopt;
  return ReplyEnd{.turn_id = gstpp::get_uint(s, "turn-id", 0),
                  .hang_up = gstpp::get_bool(s, "hang-up", false),
                  .transfer = gstpp::get_string(s, "transfer")};
}

std::optional<Interim> parse_interim(GstEvent* event) {
  const GstStructure* s = structure_named(event, kInterim);
  if (!s) return std::nullopt;
  return Interim{.turn_id = gstpp::get_uint(s, "turn-id", 0),
                 .text = gstpp::get_string(s, "text"),
                 .is_final = gstpp::get_bool(s, "final", false)};
}

std::optional<Heard> parse_heard(GstEvent* event) {
  const GstStructure* s = structure_named(event, kHeard);
  if (!s) return std::nullopt;
  return Heard{.turn_id = gstpp::get_uint(s, "turn-id", 0), .text = gstpp::get_string(s, "text")};
}

std::optional<History> parse_history(GstEvent* event) {
  const GstStructure* s = structure_named(event, kHistory);
  if (!s) return std::nullopt;
  History history{.from_turn = gstpp::get_uint(s, "from-turn", 0), .said = {}};
  const GValue* list = gst_structure_get_value(s, "said");
  if (!list || !GST_VALUE_HOLDS_ARRAY(list)) return history;
  for (guint i = 0; i < gst_value_array_get_size(list); ++i) {
    const GValue* item = gst_value_array_get_value(list, i);
    if (!GST_VALUE_HOLDS_STRUCTURE(item)) continue;
    const GstStructure* entry = gst_value_get_structure(item);
    history.said.push_back({.turn_id = gstpp::get_uint(entry, "turn-id", 0),
                            .by_agent = gstpp::get_string(entry, "role") == kAgentRole,
                            .text = gstpp::get_string(entry, "text"),
                            .addressed = gstpp::get_bool(entry, "addressed", true)});
  }
  return history;
}

std::optional<Played> parse_played(GstEvent* event) {
  const GstStructure* s = structure_named(event, kPlayed);
  if (!s) return std::nullopt;
  return Played{.position = gstpp::get_uint64(s, "position", GST_CLOCK_TIME_NONE),
                .discarded = gstpp::get_bool(s, "discarded", false)};
}

GstQuery* make_played_query() {
  return gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty(kPlayed));
}

bool is_played_query(GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_CUSTOM) return false;
  const GstStructure* s = gst_query_get_structure(query);
  return s && gst_structure_has_name(s, kPlayed);
}

void answer_played_query(GstQuery* query, GstClockTime position) {
  gst_structure_set(gst_query_writable_structure(query), "position", G_TYPE_UINT64, position,
                    nullptr);
}

GstClockTime query_played(GstPad* src_pad) {
  gstpp::QueryPtr query{make_played_query()};
  if (!gst_pad_peer_query(src_pad, query.get())) return GST_CLOCK_TIME_NONE;
  return gstpp::get_uint64(gst_query_get_structure(query.get()), "position", GST_CLOCK_TIME_NONE);
}

void append_words(GstStructure* structure, const std::vector<Word>& words) {
  GValue list = G_VALUE_INIT;
  g_value_init(&list, GST_TYPE_ARRAY);
  if (const GValue* before = gst_structure_get_value(structure, "words")) {
    g_value_copy(before, &list);
  }
  for (const Word& word : words) {
    append(&list, gst_structure_new("word", "text", G_TYPE_STRING, word.text.c_str(), "offset",
                                    G_TYPE_UINT64, word.offset, "duration", G_TYPE_UINT64,
                                    word.duration, nullptr));
  }
  gst_structure_take_value(structure, "words", &list);
}

void add_words(GstBuffer* buffer, const std::vector<Word>& words) {
  if (words.empty()) return;
  register_metas();
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, kWords);
  if (!meta) meta = gst_buffer_add_custom_meta(buffer, kWords);
  if (meta) append_words(gst_custom_meta_get_structure(meta), words);
}

std::vector<Word> get_words(GstBuffer* buffer) {
  std::vector<Word> words;
  register_metas();
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, kWords);
  if (!meta) return words;
  const GValue* list = gst_structure_get_value(gst_custom_meta_get_structure(meta), "words");
  if (!list) return words;
  const guint n = gst_value_array_get_size(list);
  words.reserve(n);
  for (guint i = 0; i < n; ++i) {
    const GstStructure* entry = gst_value_get_structure(gst_value_array_get_value(list, i));
    words.push_back({.text = gstpp::get_string(entry, "text"),
                     .offset = gstpp::get_uint64(entry, "offset", 0),
                     .duration = gstpp::get_uint64(entry, "duration", 0)});
  }
  return words;
}

void set_sentence(GstBuffer* buffer, const Sentence& sentence) {
  register_metas();
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, kSentence);
  if (!meta) meta = gst_buffer_add_custom_meta(buffer, kSentence);
  if (!meta) return;
  gst_structure_set(gst_custom_meta_get_structure(meta), "text", G_TYPE_STRING,
                    sentence.text.c_str(), "offset", G_TYPE_UINT64, sentence.offset, nullptr);
}

std::optional<Sentence> get_sentence(GstBuffer* buffer) {
  register_metas();
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, kSentence);
  if (!meta) return std::nullopt;
  const GstStructure* s = gst_custom_meta_get_structure(meta);
  return Sentence{.text = gstpp::get_string(s, "text"),
                  .offset = gstpp::get_uint64(s, "offset", 0)};
}

}  // namespace jackfield
