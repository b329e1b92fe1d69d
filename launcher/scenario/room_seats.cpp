#include "scenario/room_seats.hpp"

#include <algorithm>
#include <utility>

#include "scenario/core/source_position.hpp"
#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

struct Fit {
  ScenarioKind kind;
  const char* wants;
};

Fit fit_of(SeatKind kind) {
  switch (kind) {
    case SeatKind::kPhone:
      return {ScenarioKind::kPhone, "a twiliosrc without port"};
    case SeatKind::kBrowser:
      return {ScenarioKind::kWebRtc, "a webrtcbin"};
    case SeatKind::kAgent:
      break;
  }
  return {ScenarioKind::kOnce, "neither twiliosrc nor webrtcbin"};
}

// "" when it is a seat of this kind.
std::string why_no_seat(const CheckedPipeline& checked, SeatKind kind) {
  const Fit fit = fit_of(kind);
  if (checked.kind != fit.kind)
    return std::string{"is no seat for "} + seat_word(kind) + ": that has " + fit.wants;
  const auto words = read_pipeline_words(checked.text.text);
  const auto* read = std::get_if<PipelineWords>(&words);
  const auto seats =
      read ? std::count_if(read->elements.begin(), read->elements.end(),
                           [](const ElementUse& use) { return use.factory == "mixerseat"; })
           : 0;
  if (seats == 1) return {};
  return seats == 0 ? "has no mixerseat, by which it could be joined to a room"
                    : "has more than one mixerseat";
}

// A room whose seat is a room would have no end.
bool is_room(const PipelineFile& file, const Variables& variables) {
  const auto expanded = file.expand(variables);
  const auto* text = std::get_if<PipelineText>(&expanded);
  if (!text) return false;
  const auto words = read_pipeline_words(text->text);
  const auto* read = std::get_if<PipelineWords>(&words);
  return read && kind_of(*read) == ScenarioKind::kRoom;
}

template <typename Item>
void append(std::vector<Item>& all, std::vector<Item> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void take_new(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const std::string& text : more) {
    if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  }
}

}  // namespace

void check_seats(const PipelineFile& room, const PropertyUse& seats, GstElement* pipeline,
                 const Variables& variables, CheckedPipeline& checked,
                 std::vector<TextError>& errors) {
  const auto wrong = [&](std::string message, std::string hint = {}) {
    errors.push_back({seats.value_offset, std::move(message), std::move(hint)});
  };
  const auto read = read_seat_files(seats.value);
  if (const auto* why = std::get_if<std::string>(&read)) return wrong(*why);
  for (const SeatFile& seat : std::get<std::vector<SeatFile>>(read)) {
    std::string error;
    const gstpp::CharPtr path{g_canonicalize_filename(seat.path.c_str(), room.folder().c_str())};
    auto file = PipelineFile::read(path.get(), error);
    if (!file) {
      wrong(std::string{"the seat '"} + seat_word(seat.kind) + "': " + error);
      continue;
    }
    if (is_room(*file, variables)) {
      wrong(file->path() + " is a room itself");
      continue;
    }
    std::vector<TextError> found;
    auto seat_checked = check_pipeline(*file, variables, found);
    for (const TextError& one : found) {
      const SourcePosition where = position_of(file->source(), one.offset);
      wrong(file->path() + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) +
                ": " + one.message,
            one.hint);
    }
    if (!seat_checked) continue;
    if (const std::string why = why_no_seat(*seat_checked, seat.kind); !why.empty()) {
      wrong(file->path() + " " + why);
      continue;
    }
    take_new(checked.text.variables, seat_checked->text.variables);
    append(checked.missing_keys, std::move(seat_checked->missing_keys));
    take_new(checked.warnings, seat_checked->warnings);
    checked.seats.push_back({.kind = seat.kind, .file = *std::move(file)});
  }
  guint inputs = 0;
  if (const auto mixer = find_element(pipeline, "duckingmixer"))
    g_object_get(mixer.get(), "max-inputs", &inputs, nullptr);
  checked.most_seats = inputs;
}

}  // namespace jackfield
