// Speech, and what is measured on it. Samples in −1 to 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <string>
#include <vector>

namespace jitter_test {

// The sentences of pocketsphinx-testdata, 16 kHz, one behind the other; empty when not installed.
inline std::vector<float> speech16k() {
  std::vector<float> samples;
  for (const char* name : {"0870", "0880", "0890"}) {
    const std::string path =
        std::string(
            "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-") +
        name + ".wav";
    if (FILE* file = std::fopen(path.c_str(), "rb")) {
      std::fseek(file, 44, SEEK_SET);
      int16_t block[4096];
      for (size_t got; (got = std::fread(block, 2, 4096, file)) > 0;) {
        for (size_t i = 0; i < got; ++i) samples.push_back(static_cast<float>(block[i]) / 32768);
      }
      std::fclose(file);
    }
  }
  return samples;
}

inline double level_db(const float* samples, size_t count) {
  double sum = 1e-12;
  for (size_t i = 0; i < count; ++i) sum += static_cast<double>(samples[i]) * samples[i];
  return 10 * std::log10(sum / static_cast<double>(count));
}

// The step that one in a thousand pairs of neighbours exceeds.
inline float usual_step(const std::vector<float>& samples) {
  std::vector<float> steps;
  for (size_t i = 1; i < samples.size(); ++i)
    steps.push_back(std::abs(samples[i] - samples[i - 1]));
  const auto at = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() * 999 / 1000);
  std::nth_element(steps.begin(), at, steps.end());
  return *at;
}

// The mean power of each of `bands` equal bands up to half of the rate, dB, over the whole signal.
inline std::vector<double> spectrum_db(const std::vector<float>& samples, size_t bands) {
  const size_t length = 512;
  std::vector<double> power(bands, 1e-12);
  for (size_t begin = 0; begin + length <= samples.size(); begin += length) {
    std::vector<std::complex<double>> x(length);
    for (size_t i = 0; i < length; ++i) {
      const double window =
          0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / length);
      x[i] = samples[begin + i] * window;
    }
    // Radix 2, in place.
    for (size_t i = 1, j = 0; i < length; ++i) {
      size_t bit = length >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) std::swap(x[i], x[j]);
    }
    for (size_t half = 1; half < length; half *= 2) {
      for (size_t i = 0; i < length; i += 2 * half) {
        for (size_t k = 0; k < half; ++k) {
          const auto turn = std::polar(
              1.0, -std::numbers::pi * static_cast<double>(k) / static_cast<double>(half));
          const auto odd = turn * x[i + k + half];
          x[i + k + half] = x[i + k] - odd;
          x[i + k] += odd;
        }
      }
    }
    for (size_t i = 0; i < length / 2; ++i) power[i * bands / (length / 2)] += std::norm(x[i]);
  }
  std::vector<double> db;
  for (const double p : power)
    db.push_back(10 * std::log10(p / static_cast<double>(samples.size())));
  return db;
}

// Root mean square of the differences of spectra, dB.
inline double spectral_distance(const std::vector<float>& a, const std::vector<float>& b) {
  const auto x = spectrum_db(a, 32), y = spectrum_db(b, 32);
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

}  // namespace jitter_test
