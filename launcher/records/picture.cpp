#include "records/picture.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "records/picture_text.hpp"
#include "text/xml_escape.hpp"

namespace jackfield {
namespace {

constexpr double kPixelsPerSecond = 1600.0 / 60.0;
constexpr double kNarrowest = 1000.0;
constexpr double kWidest = 48000.0;

// Pixels.
constexpr double kLeft = 64, kRight = 24;
constexpr double kHeader = 88;
constexpr double kWave = 120;
constexpr double kAxis = 24;
constexpr double kArrowRow = 18;
constexpr double kLabelWidth = 190, kLabelLine = 14, kLabelHead = 13, kLabelGap = 8;
constexpr std::size_t kLabelLines = 3, kLabelLanes = 6, kArrowLanes = 4;
constexpr double kSmall = 10, kText = 11;

constexpr const char* kCallerColour = "#2563eb";
constexpr const char* kAgentColour = "#047857";
constexpr const char* kCallerTint = "#dbeafe";
constexpr const char* kAgentTint = "#d1fae5";
constexpr const char* kUnclearTint = "#fde68a";
constexpr const char* kUnclearColour = "#b45309";
constexpr const char* kRed = "#dc2626";
constexpr const char* kInk = "#1f2937";
constexpr const char* kGrey = "#6b7280";
constexpr const char* kFaint = "#e5e7eb";

// One decimal, independent of the locale.
std::string number(double value) {
  const long long tenths = std::llround(value * 10);
  const long long size = std::llabs(tenths);
  std::string text = tenths < 0 ? "-" : "";
  text += std::to_string(size / 10);
  if (size % 10) text += "." + std::to_string(size % 10);
  return text;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(seconds));
  const std::string rest = std::to_string(whole % 60);
  return std::to_string(whole / 60) + (rest.size() < 2 ? ":0" : ":") + rest;
}

std::string duration_text(double seconds) {
  const long long ms = std::llround(seconds * 1000);
  if (ms < 1000) return std::to_string(ms) + " ms";
  const std::string hundredths = std::to_string(ms % 1000 / 10);
  return std::to_string(ms / 1000) + (hundredths.size() < 2 ? ".0" : ".") + hundredths + " s";
}

struct Label {
  double start = 0;  // seconds
  std::string head;
  const char* head_colour = kGrey;
  std::string text;
  const char* colour = kInk;  // of the mark on its left
  // Found by the layout:
  double left = 0, width = 0;
  std::vector<std::string> lines;
  std::size_t lane = Lanes::kNoLane;
};

struct BandMark {           // in the band between the waves
  double from = 0, to = 0;  // pixels; equal: no arrow
  std::string text;
  const char* colour = kInk;
  std::size_t lane = Lanes::kNoLane;
};

class Painter {
 public:
  explicit Painter(const CallPicture& picture)
      : picture_(picture),
        seconds_(std::isfinite(picture.seconds) ? std::max(picture.seconds, 0.001) : 0.001),
        scale_(picture_scale(seconds_)),
        plot_(std::max(seconds_ * scale_, 1.0)),
        width_(kLeft + plot_ + kRight) {}

  std::string paint();

 private:
  double x(double at) const { return kLeft + std::clamp(at, 0.0, seconds_) * scale_; }
  bool visible(double start, double end) const {
    return std::isfinite(start) && std::isfinite(end) && end >= start && end >= 0 &&
           start <= seconds_;
  }
  void collect();
  std::size_t lay_out(std::vector<Label>& labels) const;
  void lay_out_band();

  void rect(double left, double top, double width, double height, const std::string& fill);
  void line(double x1, double y1, double x2, double y2, const char* colour, const char* more = "");
  void text(double left, double base, double size, const char* colour, const std::string& content,
            const char* more = "");
  void wave(const Envelope& envelope, double top, double peak, const char* colour);
  void spans();
  void axis();
  void header();
  void labels(const std::vector<Label>& labels, double wave_edge, double first_lane, double step);
  void band();

  const CallPicture& picture_;
  double seconds_, scale_, plot_, width_;
  double caller_top_ = 0, band_top_ = 0, agent_top_ = 0, bottom_ = 0;
  std::vector<Label> turns_, replies_;
  std::vector<BandMark> marks_;
  double lane_height_ = kLabelHead + kLabelLines * kLabelLine + kLabelGap;
  std::string svg_;
};

void Painter::collect() {
  for (const CallPicture::Turn& t : picture_.turns) {
    if (!visible(t.start, t.end)) continue;
    Label label{.start = t.start, .head = clock_text(t.start), .text = clean_text(t.text)};
    label.colour = kCallerColour;
    if (t.not_understood) {
      label.head += " · not understood";
      label.head_colour = label.colour = kUnclearColour;
    }
    turns_.push_back(std::move(label));
  }
  for (const CallPicture::Reply& r : picture_.replies) {
    if (!visible(r.start, r.end)) continue;
    Label label{.start = r.start, .head = clock_text(r.start), .text = clean_text(r.text)};
    label.colour = kAgentColour;
    if (r.interrupted) {
      label.head += " · interrupted";
      label.head_colour = kRed;
    }
    replies_.push_back(std::move(label));
  }
  for (const CallPicture::Latency& l : picture_.latencies) {
    if (!visible(l.speech_end, l.first_audio)) continue;
    marks_.push_back({.from = x(l.speech_end),
                      .to = x(l.first_audio),
                      .text = duration_text(l.first_audio - l.speech_end)});
  }
  for (const double at : picture_.interruptions) {
    if (!visible(at, at)) continue;
    marks_.push_back({.from = x(at), .to = x(at), .text = "interrupted", .colour = kRed});
  }
}

std::size_t Painter::lay_out(std::vector<Label>& all) const {
  for (Label& l : all) {
    l.lines = wrap_text(l.text, kLabelWidth, kText, kLabelLines);
    l.width = text_width(l.head, kSmall);
    for (const std::string& s : l.lines) l.width = std::max(l.width, text_width(s, kText));
    l.width += 10;
    l.left = std::max(kLeft, std::min(x(l.start), width_ - 4 - l.width));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Label& a, const Label& b) { return a.left < b.left; });
  Lanes lanes{kLabelLanes, 6};
  for (Label& l : all) l.lane = lanes.place(l.left, l.width);
  return lanes.count();
}

void Painter::lay_out_band() {
  std::stable_sort(marks_.begin(), marks_.end(),
                   [](const BandMark& a, const BandMark& b) { return a.from < b.from; });
  Lanes lanes{kArrowLanes, 6};
  for (BandMark& m : marks_) {
    m.lane = lanes.place(m.from, m.to - m.from + 6 + text_width(m.text, kSmall));
  }
  agent_top_ = band_top_ + kAxis + static_cast<double>(lanes.count()) * kArrowRow + 6;
}

void Painter::rect(double left, double top, double width, double height, const std::string& fill) {
  svg_ += "<rect x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" + number(width) +
          "\" height=\"" + number(height) + "\" fill=\"" + fill + "\"/>\n";
}

void Painter::line(double x1, double y1, double x2, double y2, const char* colour,
                   const char* more) {
  svg_ += "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
          "\" y2=\"" + number(y2) + "\" stroke=\"" + colour + "\"" + more + "/>\n";
}

void Painter::text(double left, double base, double size, const char* colour,
                   const std::string& content, const char* more) {
  svg_ += "<text x=\"" + number(left) + "\" y=\"" + number(base) + "\" font-size=\"" +
          number(size) + "\" fill=\"" + colour + "\"" + more + ">" + xml_escape(content, "&#39;") +
          "</text>\n";
}

void Painter::wave(const Envelope& envelope, double top, double peak, const char* colour) {
  const double middle = top + kWave / 2;
  line(kLeft, middle, kLeft + plot_, middle, colour, " stroke-opacity=\"0.4\"");
  const std::size_t n = envelope.ranges.size();
  if (n == 0) return;
  const double gain = (kWave / 2 - 3) / peak;
  const double step = plot_ / static_cast<double>(n);
  const auto y = [&](double sample) { return number(middle - sample * gain); };
  std::string path = "M";
  for (std::size_t i = 0; i < n; ++i) {
    path += number(kLeft + (static_cast<double>(i) + 0.5) * step) + " " +
            y(std::max<double>(envelope.ranges[i].high, 0)) + "L";
  }
  for (std::size_t i = n; i-- > 0;) {
    path += number(kLeft + (static_cast<double>(i) + 0.5) * step) + " " +
            y(std::min<double>(envelope.ranges[i].low, 0)) + (i ? "L" : "Z");
  }
  svg_ += "<path d=\"" + path + "\" fill=\"" + colour + "\"/>\n";
}

void Painter::spans() {
  for (const CallPicture::Turn& t : picture_.turns) {
    if (!visible(t.start, t.end)) continue;
    rect(x(t.start), caller_top_, std::max(x(t.end) - x(t.start), 1.0), kWave,
         t.not_understood ? kUnclearTint : kCallerTint);
  }
  for (const CallPicture::Reply& r : picture_.replies) {
    if (!visible(r.start, r.end)) continue;
    rect(x(r.start), agent_top_, std::max(x(r.end) - x(r.start), 1.0), kWave, kAgentTint);
  }
}

void Painter::axis() {
  double step = 1;
  for (const double candidate :
       {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0}) {
    step = candidate;
    if (candidate * scale_ >= 60) break;
  }
  for (double at = 0; at <= seconds_; at += step) {
    const double px = x(at);
    line(px, caller_top_, px, caller_top_ + kWave, kFaint);
    line(px, agent_top_, px, agent_top_ + kWave, kFaint);
    line(px, band_top_, px, band_top_ + 5, kGrey);
    text(px, band_top_ + 17, kSmall, kGrey, clock_text(at), " text-anchor=\"middle\"");
  }
}

void Painter::header() {
  const double room = width_ - kRight - 12;
  for (const std::string& s : wrap_text(clean_text(picture_.title), room, 18, 1)) {
    text(12, 28, 18, kInk, s, " font-weight=\"bold\"");
  }
  for (const std::string& s : wrap_text(clean_text(picture_.subtitle), room, 12, 1)) {
    text(12, 48, 12, kGrey, s);
  }
  double left = 12;
  const auto item = [&](const char* fill, const char* words) {
    rect(left, 62, 14, 10, fill);
    text(left + 20, 71, kText, kInk, words);
    left += 20 + text_width(words, kText) + 18;
  };
  item(kCallerTint, "turn of the caller");
  item(kUnclearTint, "not understood");
  item(kAgentTint, "reply of the agent");
  line(left, 67, left + 16, 67, kInk, " marker-end=\"url(#tip)\"");
  constexpr const char* kArrow = "end of speech to first audio";
  text(left + 26, 71, kText, kInk, kArrow);
  left += 26 + text_width(kArrow, kText) + 18;
  line(left + 4, 60, left + 4, 74, kRed, " stroke-width=\"1.5\" stroke-dasharray=\"4 2\"");
  text(left + 14, 71, kText, kInk, "interruption by the caller");
}

void Painter::labels(const std::vector<Label>& all, double wave_edge, double first_lane,
                     double step) {
  const auto top_of = [&](const Label& l) {
    return first_lane + static_cast<double>(l.lane) * step;
  };
  // Leaders first: boxes nearer to the wave cover them.
  for (const Label& l : all) {
    if (l.lane == Lanes::kNoLane) continue;
    line(x(l.start), wave_edge, x(l.start), top_of(l), l.colour, " stroke-opacity=\"0.5\"");
  }
  for (const Label& l : all) {
    if (l.lane == Lanes::kNoLane) continue;
    const double top = top_of(l);
    const double height = kLabelHead + static_cast<double>(l.lines.size()) * kLabelLine + 4;
    rect(l.left, top, l.width, height, "#ffffff");
    rect(l.left, top, 2.5, height, l.colour);
    text(l.left + 7, top + 10, kSmall, l.head_colour, l.head);
    for (std::size_t i = 0; i < l.lines.size(); ++i) {
      text(l.left + 7, top + kLabelHead + 11 + static_cast<double>(i) * kLabelLine, kText, kInk,
           l.lines[i]);
    }
  }
}

void Painter::band() {
  for (const double at : picture_.interruptions) {
    if (!visible(at, at)) continue;
    line(x(at), caller_top_, x(at), agent_top_ + kWave, kRed,
         " stroke-width=\"1.5\" stroke-dasharray=\"4 2\"");
  }
  for (const BandMark& m : marks_) {
    if (m.lane == Lanes::kNoLane) continue;
    const double y = band_top_ + kAxis + (static_cast<double>(m.lane) + 0.5) * kArrowRow;
    if (m.to > m.from) {
      line(m.from, y - 5, m.from, y + 5, m.colour);
      line(m.from, y, std::max(m.from, m.to - 1), y, m.colour, " marker-end=\"url(#tip)\"");
    }
    // On white, so that a line behind it does not cross the words.
    rect(m.to + 3, y - 7, text_width(m.text, kSmall) + 2, 14, "#ffffff");
    text(m.to + 4, y + 3.5, kSmall, m.colour, m.text);
  }
}

std::string Painter::paint() {
  collect();
  const double above = static_cast<double>(lay_out(turns_)) * lane_height_;
  const double below = static_cast<double>(lay_out(replies_)) * lane_height_;
  caller_top_ = kHeader + above + 4;
  band_top_ = caller_top_ + kWave;
  lay_out_band();
  bottom_ = agent_top_ + kWave + 8 + below + 8;

  const std::string size = "width=\"" + number(width_) + "\" height=\"" + number(bottom_) + "\"";
  svg_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size + " viewBox=\"0 0 " + number(width_) +
         " " + number(bottom_) +
         "\" font-family=\"'DejaVu Sans', Verdana, Arial, sans-serif\">\n"
         "<defs><marker id=\"tip\" viewBox=\"0 0 6 6\" refX=\"5\" refY=\"3\" markerWidth=\"6\" "
         "markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0L6 3L0 6Z\" fill=\"" +
         std::string{kInk} + "\"/></marker></defs>\n";
  rect(0, 0, width_, bottom_, "#ffffff");
  header();
  rect(kLeft, caller_top_, plot_, kWave, "#f9fafb");
  rect(kLeft, agent_top_, plot_, kWave, "#f9fafb");
  spans();
  axis();
  // One gain for both sides, so that their levels can be compared; never more than 20 dB.
  double peak = 3277;
  for (const Envelope* e : {&picture_.caller, &picture_.agent}) {
    for (const Envelope::Range& r : e->ranges) {
      peak = std::max({peak, std::abs(static_cast<double>(r.low)), static_cast<double>(r.high)});
    }
  }
  wave(picture_.caller, caller_top_, peak, kCallerColour);
  wave(picture_.agent, agent_top_, peak, kAgentColour);
  text(12, caller_top_ + kWave / 2 + 4, 13, kCallerColour, "caller", " font-weight=\"bold\"");
  text(12, agent_top_ + kWave / 2 + 4, 13, kAgentColour, "agent", " font-weight=\"bold\"");
  band();
  labels(turns_, caller_top_, caller_top_ - lane_height_, -lane_height_);
  labels(replies_, agent_top_ + kWave, agent_top_ + kWave + 8, lane_height_);
  return svg_ + "</svg>\n";
}

}  // namespace

double picture_scale(double seconds) {
  if (!(seconds > 0)) return kNarrowest;
  return std::clamp(kPixelsPerSecond, kNarrowest / seconds,
                    std::max(kWidest / seconds, kNarrowest / seconds));
}

bool read_envelopes(WavReader& reader, CallPicture& picture) {
  picture.seconds = reader.seconds();
  const double columns = std::ceil(picture.seconds * picture_scale(picture.seconds));
  std::vector<Envelope> channels;
  const bool read =
      read_waveform(reader, static_cast<std::size_t>(std::max(columns, 1.0)), channels);
  picture.caller = std::move(channels[0]);
  if (channels.size() > 1) picture.agent = std::move(channels[1]);
  return read;
}

std::string call_picture_svg(const CallPicture& picture) { return Painter{picture}.paint(); }

}  // namespace jackfield
