// The loops, compiled once for each instruction set. Included by kernels_*.cpp only, each in a
// namespace of its own and with kBytes, the length of a vector. Vectors are those of GCC and clang
// (https://gcc.gnu.org/onlinedocs/gcc/Vector-Extensions.html), the same text for all machines.

using Floats = float __attribute__((vector_size(kBytes)));
using Ints = std::int32_t __attribute__((vector_size(kBytes)));
using Shorts = std::int16_t __attribute__((vector_size(kBytes / 2)));
constexpr std::size_t kLanes = kBytes / sizeof(float);

template <typename Vector, typename Number>
Vector load(const Number* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}
template <typename Vector, typename Number>
void store(Number* to, Vector vector) {
  std::memcpy(to, &vector, sizeof vector);
}

// The rest of a loop: fewer than a vector of them, in a vector that is silent where nothing is.
template <typename Vector, typename Number>
Vector load_rest(const Number* from, std::size_t count) {
  Vector vector{};
  std::memcpy(&vector, from, count * sizeof(Number));
  return vector;
}
template <typename Vector, typename Number>
void store_rest(Number* to, Vector vector, std::size_t count) {
  std::memcpy(to, &vector, count * sizeof(Number));
}

inline Floats within(Floats value, float most) {
  value = value == value ? value : Floats{};
  const Floats high = Floats{} + most;
  value = value < high ? value : high;
  return value > -high ? value : -high;
}

inline Ints rounded(Floats value) {
  const Floats half = Floats{} + 0.5F;
  return __builtin_convertvector(value + (value < 0 ? -half : half), Ints);
}

// Gains on a straight line, a vector of them after the other.
struct Line {
  Floats begin, step, vectors{};
  Line(float from, float to, std::size_t count) {
    const float one = (to - from) / static_cast<float>(count);
    for (std::size_t i = 0; i < kLanes; ++i) begin[i] = from + one * static_cast<float>(i + 1);
    step = Floats{} + one * static_cast<float>(kLanes);
  }
  Floats next() {
    const Floats now = begin + step * vectors;
    vectors += 1;
    return now;
  }
};

void contribute(const float* in, float from, float to, std::int32_t* contribution,
                std::int32_t* sum, std::size_t count) {
  Line line{from, to, count};
  const auto contribution_of = [&](Floats value) {
    return rounded(within(value * line.next(), kMostOfOneInput) * kContributionOne);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Ints one = contribution_of(load<Floats>(in + i));
    store(contribution + i, one);
    store(sum + i, load<Ints>(sum + i) + one);
  }
  const Ints one = contribution_of(load_rest<Floats>(in + i, count - i));
  store_rest(contribution + i, one, count - i);
  store_rest(sum + i, load_rest<Ints>(sum + i, count - i) + one, count - i);
}

void add(std::int32_t* to, const std::int32_t* what, std::size_t count) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(to + i, load<Ints>(to + i) + load<Ints>(what + i));
  for (; i < count; ++i) to[i] += what[i];
}

void subtract(std::int32_t* out, const std::int32_t* from, const std::int32_t* what,
              std::size_t count) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    store(out + i, load<Ints>(from + i) - load<Ints>(what + i));
  for (; i < count; ++i) out[i] = from[i] - what[i];
}

void to_float(const std::int32_t* in, float from, float to, float* out, std::size_t count) {
  Line line{from / kContributionOne, to / kContributionOne, count};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    store(out + i, __builtin_convertvector(load<Ints>(in + i), Floats) * line.next());
  store_rest(out + i,
             __builtin_convertvector(load_rest<Ints>(in + i, count - i), Floats) * line.next(),
             count - i);
}

float power(const float* in, std::size_t count) {
  Floats sums{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Floats value = within(load<Floats>(in + i), kMostOfOneInput);
    sums += value * value;
  }
  const Floats rest = within(load_rest<Floats>(in + i, count - i), kMostOfOneInput);
  sums += rest * rest;
  float sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += sums[lane];
  return count == 0 ? 0 : sum / static_cast<float>(count);
}

float peak(const float* in, std::size_t count) {
  constexpr float kFinite = 1e30F;
  Floats largest{};
  const auto take = [&](Floats value) {
    value = value < 0 ? -value : value;
    largest = value > largest ? value : largest;
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) take(load<Floats>(in + i));
  take(load_rest<Floats>(in + i, count - i));
  float most = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane)
    most = largest[lane] > most ? largest[lane] : most;
  return most < kFinite ? most : kFinite;
}

void scale(float* samples, float from, float to, std::size_t count) {
  Line line{from, to, count};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    store(samples + i, load<Floats>(samples + i) * line.next());
  store_rest(samples + i, load_rest<Floats>(samples + i, count - i) * line.next(), count - i);
}

void from_s16(const std::int16_t* in, float* out, std::size_t count) {
  constexpr float kOne = 1.0F / 32768;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    store(out + i, __builtin_convertvector(load<Shorts>(in + i), Floats) * kOne);
  for (; i < count; ++i) out[i] = static_cast<float>(in[i]) * kOne;
}

void to_s16(const float* in, std::int16_t* out, std::size_t count) {
  const auto converted = [](Floats value) {
    const Floats most = Floats{} + 32767;
    value = within(value, 1) * 32768;
    return __builtin_convertvector(rounded(value < most ? value : most), Shorts);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, converted(load<Floats>(in + i)));
  store_rest(out + i, converted(load_rest<Floats>(in + i, count - i)), count - i);
}
