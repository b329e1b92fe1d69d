// Plays traces of packet arrivals in real time, all at once, through pipelines that end in a sink
// which plays by the clock: GStreamer's rtpjitterbuffer and opusdec, and adaptivejitter.
//   jitter_live [option=value]... SPEECH.wav TRACE.csv...   one JSON object a trace and system
//   jitter_live cost=SECONDS [streams=N] SPEECH.wav         ... a system: what a packet costs
// The first second is skipped. Delays are above the least delay of the trace's network, at each
// 10 ms of what the sink played. Options: preset (of
// adaptivejitter), audio (a folder, for WAV files and marks of each system).
#include <gst/gst.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "emodel.hpp"
#include "jitter_buffer.hpp"
#include "jitter_live_player.hpp"
#include "jitter_packets.hpp"
#include "speech_decoder.hpp"

namespace {

using namespace jitter_bench;

constexpr double kOriginMs = 1000;  // running time at which a trace begins

// A thread of its own between decoder and sink: a sink that waits must not hold up the decoder, as
// one with a sound card does not.
System stock(int latency_ms) {
  const std::string latency = std::to_string(latency_ms);
  return {"rtpjitterbuffer-" + latency + "ms",
          "rtpjitterbuffer name=in do-lost=true latency=" + latency +
              " ! rtpopusdepay ! opusdec name=decoder use-inband-fec=true plc=true ! queue ! "
              "fakesink name=sink sync=true async=false processing-deadline=0 "
              "signal-handoffs=true"};
}
System ours(int frame_ms, const std::string& preset) {
  const std::string frame = std::to_string(frame_ms);
  return {"adaptivejitter-" + frame + "ms", "adaptivejitter name=in preset=" + preset +
                                                " frame-duration=" + frame +
                                                "000000 ! fakesink name=sink sync=true async=false "
                                                "processing-deadline=0 signal-handoffs=true"};
}

using gstpp::ClockPtr;
struct MemoryUnref {
  void operator()(GstMemory* memory) const { gst_memory_unref(memory); }
};
using Memory = std::unique_ptr<GstMemory, MemoryUnref>;

// Whole packets of RTP, shared by all streams.
std::vector<Memory> rtp_packets(const Packets& packets) {
  std::vector<Memory> made;
  for (size_t k = 0; k < packets.size(); ++k) {
    const auto sequence = static_cast<uint16_t>(kFirstSequence + k);
    const auto timestamp = static_cast<uint32_t>(kFirstTimestamp + static_cast<int64_t>(k) * 960);
    const size_t size = 12 + packets[k].size();
    auto* bytes = static_cast<uint8_t*>(g_malloc(size));
    const uint8_t header[12] = {0x80,
                                96,
                                static_cast<uint8_t>(sequence >> 8),
                                static_cast<uint8_t>(sequence),
                                static_cast<uint8_t>(timestamp >> 24),
                                static_cast<uint8_t>(timestamp >> 16),
                                static_cast<uint8_t>(timestamp >> 8),
                                static_cast<uint8_t>(timestamp),
                                0,
                                0,
                                0,
                                1};
    std::copy_n(header, 12, bytes);
    std::copy(packets[k].begin(), packets[k].end(), bytes + 12);
    made.emplace_back(
        gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, bytes, size, 0, size, bytes, g_free));
  }
  return made;
}

void sleep_until(GstClock* clock, GstClockTime time) {
  GstClockID id = gst_clock_new_single_shot_id(clock, time);
  gst_clock_id_wait(id, nullptr);
  gst_clock_id_unref(id);
}

struct Stream {
  std::string trace;
  std::string system;
  double least = 1e9;  // of the network
  double end = 0;      // of the trace
  std::unique_ptr<Player> player;
};

struct Result {
  double mean_ms = 0, p95_ms = 0, concealed = 0, cut = 0;
  int events = 0;
};

// What was heard at each 10 ms, and how long it was held.
Result summarize(const Stream& stream, const std::vector<Piece>& pieces) {
  Result result;
  std::vector<double> delays;
  size_t at = 0;
  double concealed = 0, covered = 0, cut = 0;
  bool before = false;
  const double begin = 1000;
  double heard_to = begin;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (std::isnan(pieces[i].media)) continue;
    const double start = std::max(begin, pieces[i].start - kOriginMs);
    const double end = std::min(stream.end, pieces[i].start - kOriginMs + pieces[i].length);
    if (end <= start) continue;
    // Where it begins before the one before it has ended, that one is cut.
    cut += std::max(0.0, heard_to - start);
    covered += std::max(0.0, end - std::max(start, heard_to));
    const bool hole = start > heard_to + 1;
    const bool now = pieces[i].concealed > 0 || hole;
    result.events += now && !before;
    before = pieces[i].concealed > 0;
    heard_to = std::max(heard_to, end);
    concealed += pieces[i].concealed;
  }
  for (double now = begin; now < stream.end; now += 10) {
    while (at + 1 < pieces.size() && pieces[at + 1].start - kOriginMs <= now) ++at;
    if (pieces.empty() || std::isnan(pieces[at].media)) continue;
    // In a hole the end of what was heard last stands still.
    const double into = std::min(now - (pieces[at].start - kOriginMs), pieces[at].length);
    delays.push_back(now - (pieces[at].media + into) - stream.least);
  }
  if (delays.empty()) throw std::runtime_error(stream.system + ": nothing was played");
  const double total = stream.end - begin;
  result.concealed = (concealed + std::max(0.0, total - covered)) / total;
  result.cut = cut / total;
  for (const double delay : delays) result.mean_ms += delay / static_cast<double>(delays.size());
  std::sort(delays.begin(), delays.end());
  result.p95_ms = delays[std::min(delays.size() - 1, delays.size() * 95 / 100)];
  return result;
}

void write_wav(const std::string& path, const std::vector<int16_t>& samples) {
  std::ofstream file(path, std::ios::binary);
  const auto put = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file.put(static_cast<char>(value >> (8 * i)));
  };
  const auto size = static_cast<uint32_t>(samples.size() * 2);
  file << "RIFF";
  put(36 + size, 4);
  file << "WAVEfmt ";
  put(16, 4), put(1, 2), put(1, 2), put(48000, 4), put(96000, 4), put(2, 2), put(16, 2);
  file << "data";
  put(size, 4);
  file.write(reinterpret_cast<const char*>(samples.data()), static_cast<std::streamsize>(size));
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

// What a listener heard, from the beginning of the trace on; and when it was not as it was sent.
void write_audio(const std::string& folder, const Stream& stream,
                 const std::vector<Piece>& pieces) {
  std::vector<int16_t> heard(static_cast<size_t>((stream.end + 1000) * 48));
  const std::string base = folder + "/" + stream.trace + "/" + stream.system;
  std::filesystem::create_directories(folder + "/" + stream.trace);
  std::ofstream marks(base + ".csv");
  marks << "start_ms,length_ms,sent_ms,concealed_ms,inserted_ms,removed_ms\n";
  for (const Piece& piece : pieces) {
    const double start = piece.start - kOriginMs;
    if (start < 0 || std::isnan(piece.media)) continue;
    marks << start << ',' << piece.length << ',' << piece.media << ',' << piece.concealed << ','
          << piece.inserted << ',' << piece.removed << '\n';
    const auto at = static_cast<size_t>(std::llround(start * 48));
    for (size_t i = 0; i < piece.samples.size() && at + i < heard.size(); ++i)
      heard[at + i] = piece.samples[i];
  }
  write_wav(base + ".wav", heard);
}

// As it would be heard over a network that always takes its least time.
void write_original(const std::string& folder, const Stream& stream,
                    const std::vector<int16_t>& decoded, size_t count) {
  std::vector<int16_t> samples(static_cast<size_t>(stream.least * 48));
  samples.insert(
      samples.end(), decoded.begin(),
      decoded.begin() + static_cast<std::ptrdiff_t>(std::min(decoded.size(), count * 960)));
  write_wav(folder + "/" + stream.trace + "/original.wav", samples);
}

void play(const std::vector<std::string>& files, const Packets& packets,
          const std::vector<Trace>& traces, const std::string& audio, const std::string& preset) {
  const auto memories = rtp_packets(packets);
  const auto decoder = jitter::make_opus_decoder(1);
  Player::Source source;
  std::vector<float> decoded;
  for (const auto& packet : packets) {
    source.carries_fec.push_back(decoder->carries_fec(packet));
    decoder->decode(packet, decoded);
  }
  for (const float value : decoded)
    source.decoded.push_back(static_cast<int16_t>(std::clamp(value, -1.0F, 1.0F) * 32767));
  const std::vector<System> systems = {ours(10, preset), ours(20, preset), stock(60), stock(100),
                                       stock(200)};
  const ClockPtr clock{gst_system_clock_obtain()};
  const GstClockTime base = gst_clock_get_time(clock.get());
  struct Arrival {
    double at;
    size_t trace, packet;
  };
  std::vector<Arrival> arrivals;
  std::vector<Stream> streams;
  for (size_t t = 0; t < traces.size(); ++t) {
    double least = 1e9, last = 0;
    for (size_t k = 0; k < traces[t].size(); ++k) {
      if (traces[t][k].arrive_ms < 0) continue;
      arrivals.push_back({traces[t][k].arrive_ms, t, k});
      least = std::min(least, traces[t][k].arrive_ms - traces[t][k].send_ms);
      last = std::max(last, traces[t][k].arrive_ms);
    }
    for (const auto& system : systems) {
      streams.push_back(
          {std::filesystem::path(files[t]).stem().string(), system.name, least, last - 20,
           std::make_unique<Player>(system, clock.get(), base, source, !audio.empty())});
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  std::vector<double> late;
  const double ready = static_cast<double>(gst_clock_get_time(clock.get()) - base) / 1e6;
  if (ready > kOriginMs) throw std::runtime_error("the pipelines took too long to start");
  size_t minded = 0;
  for (const Arrival& arrival : arrivals) {
    const auto due = static_cast<GstClockTime>((kOriginMs + arrival.at) * 1e6);
    sleep_until(clock.get(), base + due);
    const GstClockTime now = gst_clock_get_time(clock.get()) - base;
    late.push_back(static_cast<double>(now - due) / 1e6);
    for (size_t s = 0; s < systems.size(); ++s)
      streams[arrival.trace * systems.size() + s].player->push(memories[arrival.packet].get(), now);
    // opusdec's latency is known with the first packet.
    if (++minded % 50 == 0 && arrival.at < 1000)
      for (auto& stream : streams) stream.player->mind_latency();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  std::sort(late.begin(), late.end());
  for (size_t s = 0; s < streams.size(); ++s) {
    Stream& stream = streams[s];
    const double latency = stream.player->latency_ms();
    const auto& pieces = stream.player->finish();
    const Result result = summarize(stream, pieces);
    std::printf(
        "{\"name\": \"%s\", \"system\": \"%s\", \"mean_ms\": %.1f, \"p95_ms\": %.1f, "
        "\"concealed\": %.5f, \"events\": %d, \"cut\": %.5f, \"R\": %.2f, \"latency_ms\": %.1f, "
        "\"unsure\": %llu, \"pushed_late_p99_ms\": %.2f}\n",
        stream.trace.c_str(), stream.system.c_str(), result.mean_ms, result.p95_ms,
        result.concealed, result.events, result.cut,
        jitter::rating(result.mean_ms, 100 * result.concealed), latency,
        static_cast<unsigned long long>(stream.player->mismatched()), late[late.size() * 99 / 100]);
    if (audio.empty()) continue;
    write_audio(audio, stream, pieces);
    if (s % systems.size() == 0)
      write_original(audio, stream, source.decoded, traces[s / systems.size()].size());
  }
}

// Of the whole process so far, and of this thread: ns of CPU.
double process_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}
double waits() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_nvcsw);
}

// The CPU that a packet costs in each system, above a sink that drops it: streams on a perfect
// network, evenly spread over the 20 ms, so that each wakes for itself.
void cost(const Packets& packets, double seconds, size_t count) {
  const auto memories = rtp_packets(packets);
  const ClockPtr clock{gst_system_clock_obtain()};
  const std::string sink = "fakesink name=sink sync=false async=false";
  const std::vector<System> systems = {
      {"nothing", "identity name=in silent=true ! " + sink},
      {"core", "identity name=in silent=true ! " + sink},
      {"adaptivejitter-10ms", "adaptivejitter name=in frame-duration=10000000 ! " + sink},
      {"adaptivejitter-20ms", "adaptivejitter name=in ! " + sink},
      {"rtpjitterbuffer-60ms",
       "rtpjitterbuffer name=in latency=60 do-lost=true ! rtpopusdepay ! opusdec "
       "use-inband-fec=true plc=true ! " +
           sink}};
  const Player::Source unknown;
  double nothing_us = 0, nothing_waits = 0;
  for (const System& system : systems) {
    const GstClockTime base = gst_clock_get_time(clock.get());
    std::vector<std::unique_ptr<Player>> players;
    for (size_t i = 0; i < count; ++i)
      players.push_back(std::make_unique<Player>(system, clock.get(), base, unknown, false));
    std::vector<jitter::JitterBuffer> cores;
    for (size_t i = 0; system.name == "core" && i < count; ++i)
      cores.emplace_back(jitter::make_opus_decoder(1), jitter::TargetDelay::Config{});
    std::vector<float> out(480);
    double cpu = 0, waited = 0;
    size_t sent = 0;
    const auto rounds = std::min(packets.size(), static_cast<size_t>(seconds * 50));
    for (size_t k = 0; k < rounds; ++k) {
      // The first second is for what is done once.
      if (k == 50) cpu = process_ns(), waited = waits();
      for (size_t i = 0; i < count; ++i) {
        const GstClockTime due = GST_SECOND + k * 20 * GST_MSECOND + i * 20 * GST_MSECOND / count;
        sleep_until(clock.get(), base + due);
        players[i]->push(memories[k].get(), due);
        sent += k >= 50;
        if (cores.empty()) continue;
        // The same work, on the thread that is awake anyway.
        cores[i].insert(
            {1, static_cast<uint16_t>(kFirstSequence + k),
             static_cast<uint32_t>(kFirstTimestamp + static_cast<int64_t>(k) * 960), packets[k]},
            static_cast<int64_t>(due));
        for (const GstClockTime tick : {0, 10}) {
          cores[i].pull(out, static_cast<int64_t>(due + tick * GST_MSECOND));
        }
      }
    }
    const double packet = static_cast<double>(sent);
    const double us = (process_ns() - cpu) / 1000 / packet, hops = (waits() - waited) / packet;
    players.clear();
    if (system.name == "nothing") {
      nothing_us = us;
      nothing_waits = hops;
      continue;
    }
    std::printf(
        "{\"system\": \"%s\", \"us_per_packet\": %.1f, \"waits_per_packet\": %.2f, "
        "\"streams\": %zu, \"delivery_us\": %.1f}\n",
        system.name.c_str(), us - nothing_us, std::max(0.0, hops - nothing_waits), count,
        nothing_us);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  gst_init(&argc, &argv);
  std::map<std::string, std::string> options;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      files.push_back(text);
    } else {
      options[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  const bool costs = options.count("cost") > 0;
  if (files.size() < (costs ? 1 : 2))
    throw std::runtime_error("jitter_live [option=value]... SPEECH.wav TRACE.csv...");
  const auto speech = read_speech(files[0]);
  if (costs) {
    const double seconds = std::stod(options["cost"]);
    const size_t streams = options.count("streams") ? std::stoul(options["streams"]) : 50;
    cost(encode(speech, static_cast<size_t>(seconds * 50)), seconds, streams);
    return 0;
  }
  files.erase(files.begin());
  std::vector<Trace> traces;
  size_t longest = 0;
  for (const auto& file : files) {
    traces.push_back(read_trace(file));
    longest = std::max(longest, traces.back().size());
  }
  play(files, encode(speech, longest), traces, options["audio"],
       options.count("preset") ? options["preset"] : "default");
} catch (const std::exception& error) {
  std::fprintf(stderr, "jitter_live: %s\n", error.what());
  return 1;
}
