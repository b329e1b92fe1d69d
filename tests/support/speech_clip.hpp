// Human speech and other sounds for tests, as 16-bit mono samples.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace test_support {

struct Clip {
  int rate = 0;  // Hz
  std::vector<std::int16_t> samples;

  Clip& operator+=(const Clip& other) {
    samples.insert(samples.end(), other.samples.begin(), other.samples.end());
    return *this;
  }
  // Appends silence.
  Clip& pause(int milliseconds) {
    samples.resize(samples.size() + static_cast<std::size_t>(rate) * milliseconds / 1000);
    return *this;
  }
};

// Writes a PCM WAV file (16 bits, mono).
inline void write_wav(const std::string& path, const Clip& clip) {
  const auto size = static_cast<std::uint32_t>(clip.samples.size() * 2);
  const auto rate = static_cast<std::uint32_t>(clip.rate);
  std::string bytes;
  const auto number = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  bytes += "RIFF";
  number(36 + size, 4);
  bytes += "WAVEfmt ";
  number(16, 4);
  number(1, 2);
  number(1, 2);
  number(rate, 4);
  number(rate * 2, 4);
  number(2, 2);
  number(16, 2);
  bytes += "data";
  number(size, 4);
  for (const std::int16_t sample : clip.samples) number(static_cast<std::uint16_t>(sample), 2);
  std::ofstream{path, std::ios::binary} << bytes;
}

// Reads a PCM WAV file (16 bits, mono).
inline Clip read_wav(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> file(std::istreambuf_iterator<char>(in), {});
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(file.at(at + i))) << (8 * i);
    }
    return value;
  };
  Clip clip;
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::string id(file.data() + at, 4);
    const std::size_t size = number(at + 4, 4);
    if (id == "fmt ") {
      if (number(at + 10, 2) != 1 || number(at + 22, 2) != 16) {
        throw std::runtime_error(path + " is not 16-bit mono");
      }
      clip.rate = static_cast<int>(number(at + 12, 4));
    }
    if (id == "data") {
      clip.samples.resize(std::min(size, file.size() - at - 8) / 2);
      std::memcpy(clip.samples.data(), file.data() + at + 8, clip.samples.size() * 2);
    }
    at += 8 + size + (size & 1);
  }
  if (clip.rate == 0 || clip.samples.empty()) {
    throw std::runtime_error(path +
                             " is not a WAV file (packages asterisk-core-sounds-en-wav and "
                             "pocketsphinx-testdata)");
  }
  return clip;
}

// One of Asterisk's prompts by name, 8 kHz.
inline Clip prompt(const std::string& name) {
  return read_wav("/usr/share/asterisk/sounds/en/" + name + ".wav");
}
// A sentence of LibriVox by its number, 16 kHz.
inline Clip librivox(const std::string& number) {
  return read_wav(
      "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-" + number +
      ".wav");
}

}  // namespace test_support
