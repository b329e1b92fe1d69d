// What happens behind the pads of StreamingStt: the session's wishes, the connection's calls, and
// the task that pushes.
#include <algorithm>
#include <utility>

#include "streaming_stt_state.hpp"

// Within State: the element's own.
#define GST_CAT_DEFAULT category

namespace jackfield {

namespace {

constexpr int kItemsPerRun = 16;          // then other calls have their turn
constexpr std::size_t kMostItems = 4096;  // GAPs, interims and messages beyond it are dropped

}  // namespace

SttSession::Stats make_total(const SttSession::Stats& a, const SttSession::Stats& b) {
  return {.turns = a.turns + b.turns,
          .understood = a.understood + b.understood,
          .timeouts = a.timeouts + b.timeouts,
          .connects = a.connects + b.connects,
          .failures = a.failures + b.failures,
          .resent_bytes = a.resent_bytes + b.resent_bytes,
          .dropped_bytes = a.dropped_bytes + b.dropped_bytes,
          .sent_bytes = a.sent_bytes + b.sent_bytes,
          .malformed = a.malformed + b.malformed,
          .latency_ns = b.turns > 0 ? b.latency_ns : a.latency_ns,
          .latency_sum_ns = a.latency_sum_ns + b.latency_sum_ns,
          .latency_max_ns = std::max(a.latency_max_ns, b.latency_max_ns)};
}

using State = StreamingStt::State;

// ---- With the mutex held ----

void State::make_session(const SttFormat& new_format, std::vector<Ended>& ended) {
  if (session) stats = make_total(stats, session->stats());
  session = std::make_unique<SttSession>(setup.session, setup.make_service(new_format), new_format);
  execute(session->start(io_now_ns()), ended);
}

void State::connect(std::vector<Ended>& ended) {
  if (link) ended.push_back(std::move(link));
  GST_DEBUG_OBJECT(element, "connecting");
  link = std::make_unique<Link>(*this, setup.make_options(session->format()));
}

void State::add_item(SttItem item) {
  const bool essential = item.text || item.end || item.waits ||
                         (item.event && GST_EVENT_TYPE(item.event.get()) != GST_EVENT_GAP);
  if (!essential && items.size() >= kMostItems) {
    ++dropped_items;
    return;
  }
  // The end of the stream that waits for the last texts stays behind them.
  auto at = items.end();
  if (item.of_service) {
    at = std::find_if(items.begin(), items.end(),
                      [](const SttItem& other) { return other.waits && !other.end; });
  }
  items.insert(at, std::move(item));
  task->schedule();
}

// Not behind the end of a turn that still waits for its text.
void State::add_urgent_item(SttItem item) {
  if (items.size() >= kMostItems) {
    ++dropped_items;
    return;
  }
  items.insert(
      std::find_if(items.begin(), items.end(), [](const SttItem& other) { return other.waits; }),
      std::move(item));
  task->schedule();
}

void State::add_text(const std::string& text, GstClockTime time) {
  SttItem item;
  item.text = text;
  item.time = time;
  item.of_service = true;
  add_item(std::move(item));
}

void State::resolve(const SttSession::Result& result) {
  for (SttItem& item : items) {
    if (!item.waits || !item.end || item.end->turn_id != result.turn_id) continue;
    item.waits = false;
    item.end->not_understood = result.text.empty();
    if (!result.text.empty()) item.text = result.text;
    item.time = item.end->speech_end;
    task->schedule();
    return;
  }
}

void State::service_turn_changed(const SttSession::ServiceTurn& turn) {
  const bool announce = setup.session.segmentation == SttSession::Segmentation::kService;
  SttItem item;
  item.of_service = true;
  if (!turn.ended) {
    item.event.reset(make_event(TurnStart{.turn_id = ++service_turn, .speech_start = media_end}));
  } else if (announce) {
    item.text = turn.text;
    item.time = media_end;
    item.end = TurnEnd{.turn_id = service_turn,
                       .speech_end = media_end,
                       .decided_at = media_end,
                       .not_understood = turn.text.empty()};
  } else {
    add_text(turn.text, media_end);
    return;
  }
  if (announce) add_item(std::move(item));
}

void State::post_failure(const SttSession::Failure& failure) {
  GST_WARNING_OBJECT(element, "%s: %s", failure.cause.c_str(), failure.text.c_str());
  SttItem item;
  item.message.reset(gst_message_new_element(GST_OBJECT_CAST(element), setup.make_error(failure)));
  // Whoever has another recognizer gives it the turn.
  add_urgent_item(std::move(item));
}

void State::execute(std::vector<SttSession::Action> actions, std::vector<Ended>& ended) {
  for (SttSession::Action& action : actions) {
    if (std::holds_alternative<SttSession::Connect>(action)) {
      connect(ended);
    } else if (std::holds_alternative<SttSession::Disconnect>(action)) {
      if (link) ended.push_back(std::move(link));
    } else if (auto* send = std::get_if<SttSession::Send>(&action)) {
      if (!link) continue;
      if (send->message.binary) {
        link->socket.send_binary({send->message.data.begin(), send->message.data.end()});
      } else {
        link->socket.send_text(std::move(send->message.data));
      }
    } else if (const auto* interim = std::get_if<SttSession::Interim>(&action)) {
      SttItem item;
      item.upstream.reset(make_event(Interim{
          .turn_id = interim->turn_id, .text = interim->text, .is_final = interim->is_final}));
      // Decides when a turn ends: of no use behind that end.
      add_urgent_item(std::move(item));
    } else if (const auto* result = std::get_if<SttSession::Result>(&action)) {
      GST_INFO_OBJECT(element, "turn %u: \"%s\"", result->turn_id, result->text.c_str());
      resolve(*result);
    } else if (const auto* turn = std::get_if<SttSession::ServiceTurn>(&action)) {
      service_turn_changed(*turn);
    } else if (const auto* note = std::get_if<SttSession::Note>(&action)) {
      if (!setup.make_note) continue;
      SttItem item;
      item.message.reset(gst_message_new_element(GST_OBJECT_CAST(element), setup.make_note(*note)));
      add_item(std::move(item));
    } else if (const auto* failure = std::get_if<SttSession::Failure>(&action)) {
      post_failure(*failure);
    }
  }
  if (!session->pending()) {
    // The end of the stream waits for all texts.
    for (SttItem& item : items) {
      if (!item.waits || item.end) continue;
      item.waits = false;
      task->schedule();
    }
  }
  const uint64_t at = session->deadline();
  if (timer && at != UINT64_MAX) timer->arm(at);
}

void State::end_running_turn(uint64_t now, std::vector<Ended>& ended) {
  if (!session->turn_running()) return;
  SttItem item;
  item.end =
      TurnEnd{.turn_id = session->running_id(), .speech_end = media_end, .decided_at = media_end};
  item.waits = true;
  add_item(std::move(item));
  bool known = false;
  execute(session->end_turn(now, known), ended);
}

void State::begin_turn(const TurnStart& start, uint64_t now, std::vector<Ended>& ended) {
  if (setup.session.segmentation == SttSession::Segmentation::kService) return;
  // The end of the last one is not coming any more.
  end_running_turn(now, ended);
  execute(session->begin_turn(now, start.turn_id, start.speech_start), ended);
}

// ---- The connection's thread ----

void State::on_open(const Link* from) {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (session && link.get() == from) execute(session->connected(io_now_ns()), ended);
}

void State::on_text(const Link* from, std::string_view text) {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (session && link.get() == from) execute(session->message(io_now_ns(), text, chance()), ended);
}

void State::on_end(const Link* from, const WebSocketEnd& why) {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (!session || link.get() != from) return;
  ended.push_back(std::move(link));
  std::optional<SttSession::Failure> failure;
  if (setup.explain) failure = setup.explain(why);
  if (!failure) {
    failure = {.cause = cause_name(why.cause), .text = why.text, .retryable = why.worth_retrying()};
    if (!why.details.empty()) failure->text += ": " + why.details;
  }
  failure->http_status = why.http_status;
  failure->close_code = why.close_code;
  execute(session->disconnected(io_now_ns(), *failure, chance()), ended);
}

void State::on_timer() {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (session) execute(session->tick(io_now_ns()), ended);
}

// ---- The task ----

bool State::take_item(SttItem& item) {
  const std::lock_guard lock(mutex);
  if (flushing || items.empty()) return false;
  if (items.front().waits) return false;
  item = std::move(items.front());
  items.pop_front();
  return true;
}

void State::deliver(SttItem& item) {
  if (item.message) gst_element_post_message(element, item.message.release());
  if (item.upstream) pads.push_upstream(std::move(item.upstream));
  if (item.text && !item.text->empty()) {
    const GstFlowReturn result = pads.push_text(*item.text, item.time);
    const std::lock_guard lock(mutex);
    flow = result;
  }
  if (item.end) pads.push_event(gstpp::EventPtr{make_event(*item.end)});
  if (item.event) pads.push_event(std::move(item.event));
}

void State::run_task() {
  SttItem item;
  int done = 0;
  for (; done < kItemsPerRun && take_item(item); ++done) {
    gstpp::guarded(element, false, [&] {
      deliver(item);
      return true;
    });
    item = {};
  }
  if (done == kItemsPerRun) task->schedule();
}

}  // namespace jackfield
