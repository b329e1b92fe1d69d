// The loops, compiled once for each instruction set: plain C++ that compilers turn into vectors.
// Included by kernels_*.cpp only, each in a namespace of its own.

inline float number_within(float value, float most) {
  return value >= -most && value <= most ? value : value > most ? most : value < -most ? -most : 0;
}

inline std::int32_t rounded(float value) {
  return static_cast<std::int32_t>(value + (value < 0 ? -0.5F : 0.5F));
}

void contribute(const float* in, float from, float to, std::int32_t* __restrict contribution,
                std::int32_t* __restrict sum, std::size_t count) {
  const float step = (to - from) / static_cast<float>(count);
  const auto samples = static_cast<std::int32_t>(count);
  for (std::int32_t i = 0; i < samples; ++i) {
    const float gain = from + step * static_cast<float>(i + 1);
    const std::int32_t one =
        rounded(number_within(in[i] * gain, kMostOfOneInput) * kContributionOne);
    contribution[i] = one;
    sum[i] += one;
  }
}

void add(std::int32_t* __restrict to, const std::int32_t* __restrict what, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] += what[i];
}

void subtract(std::int32_t* out, const std::int32_t* from, const std::int32_t* what,
              std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = from[i] - what[i];
}

void to_float(const std::int32_t* __restrict in, float from, float to, float* __restrict out,
              std::size_t count) {
  const float begin = from / kContributionOne;
  const float step = (to - from) / kContributionOne / static_cast<float>(count);
  const auto samples = static_cast<std::int32_t>(count);
  for (std::int32_t i = 0; i < samples; ++i)
    out[i] = static_cast<float>(in[i]) * (begin + step * static_cast<float>(i + 1));
}

float power(const float* in, std::size_t count) {
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float value = number_within(in[i], kMostOfOneInput);
    sum += value * value;
  }
  return count == 0 ? 0 : sum / static_cast<float>(count);
}

float peak(const float* in, std::size_t count) {
  float most = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float value = number_within(in[i], 256 * kMostOfOneInput);
    const float size = value < 0 ? -value : value;
    most = size > most ? size : most;
  }
  return most;
}

void scale(float* samples, float from, float to, std::size_t count) {
  const float step = (to - from) / static_cast<float>(count);
  const auto all = static_cast<std::int32_t>(count);
  for (std::int32_t i = 0; i < all; ++i) samples[i] *= from + step * static_cast<float>(i + 1);
}

void from_s16(const std::int16_t* __restrict in, float* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(in[i]) * (1.0F / 32768);
}

void to_s16(const float* __restrict in, std::int16_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = number_within(in[i], 1) * 32768;
    out[i] = static_cast<std::int16_t>(rounded(value > 32767 ? 32767 : value));
  }
}
