// The loops, compiled once for each instruction set. Included by kernels_*.cpp only, each in a
// namespace of its own, with kBytes, the length of a vector, and behind what no compiler makes well
// of common text:
// - Floats least(Floats, Floats), most(Floats, Floats): of each lane; the second of what is no
// number
// - Ints nearest(Floats): rounded
// - float largest_lane(Floats)
// - Rest{count}: gets and puts fewer than a vector, as Whole does below; lanes beyond are 0
// Vectors are those of GCC and clang (https://gcc.gnu.org/onlinedocs/gcc/Vector-Extensions.html),
// the same text for all machines.

constexpr std::size_t kLanes = kBytes / sizeof(float);
// Vectors at once: what depends on what was before it (a sum, an index) is one of so many chains.
constexpr std::size_t kChains = 4;

// Whole vectors in memory.
struct Whole {
  template <typename Vector, typename Number>
  Vector get(const Number* from) const {
    Vector vector;
    std::memcpy(&vector, from, sizeof vector);
    return vector;
  }
  template <typename Vector, typename Number>
  void put(Number* to, Vector vector) const {
    std::memcpy(to, &vector, sizeof vector);
  }
};

// Calls body(memory, i, numbers, chain) for the vector at i: `memory` reads and writes it,
// `numbers` are i + 1 and so on, `chain` is one of kChains in turn.
template <typename Body>
inline void for_each_vector(std::size_t count, Body body) {
  Floats numbers;
  for (std::size_t lane = 0; lane < kLanes; ++lane) numbers[lane] = static_cast<float>(lane + 1);
  constexpr float kNext = kLanes;
  std::size_t i = 0;
  for (; i + kChains * kLanes <= count; i += kChains * kLanes) {
    body(Whole{}, i, numbers, 0);
    body(Whole{}, i + kLanes, numbers + kNext, 1);
    body(Whole{}, i + 2 * kLanes, numbers + 2 * kNext, 2);
    body(Whole{}, i + 3 * kLanes, numbers + 3 * kNext, 3);
    numbers += 4 * kNext;
  }
  for (; i + kLanes <= count; i += kLanes) {
    body(Whole{}, i, numbers, 0);
    numbers += kNext;
  }
  if (i < count) body(Rest{count - i}, i, numbers, 0);
}

// Calls body(gain) with a function from numbers to gains on a straight line, or to the only one.
template <typename Body>
inline auto with_gain(float from, float to, std::size_t count, Body body) {
  if (from == to) return body([value = Floats{} + to](Floats) { return value; });
  return body([from, one = (to - from) / static_cast<float>(count)](Floats numbers) {
    return from + one * numbers;
  });
}

inline Floats within(Floats value, float limit) {
  const Floats high = Floats{} + limit;
  return least(most(value, -high), high);
}
inline Floats number_or_zero(Floats value) { return value == value ? value : Floats{}; }
inline Floats absolute(Floats value) { return most(value, -value); }

void contribute(const float* in, float from, float to, std::int32_t* contribution,
                std::int32_t* sum, std::size_t count) {
  constexpr float kOne = kContributionOne;
  with_gain(from * kOne, to * kOne, count, [&](auto gain) {
    for_each_vector(count, [&](auto memory, std::size_t i, Floats numbers, int) {
      const Floats value = memory.template get<Floats>(in + i) * gain(numbers);
      const Ints one = nearest(within(value, kMostOfOneInput * kOne));
      memory.put(contribution + i, one);
      memory.put(sum + i, memory.template get<Ints>(sum + i) + one);
    });
  });
}

void add(std::int32_t* to, const std::int32_t* what, std::size_t count) {
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int) {
    memory.put(to + i, memory.template get<Ints>(to + i) + memory.template get<Ints>(what + i));
  });
}

void subtract(std::int32_t* out, const std::int32_t* from, const std::int32_t* what,
              std::size_t count) {
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int) {
    memory.put(out + i, memory.template get<Ints>(from + i) - memory.template get<Ints>(what + i));
  });
}

// The largest of all lanes, and no more than what is finite.
inline float largest_of(const Floats (&chains)[kChains]) {
  constexpr float kFinite = 1e30F;
  const Floats all = most(most(chains[0], chains[1]), most(chains[2], chains[3]));
  const float largest = largest_lane(all);
  return largest < kFinite ? largest : kFinite;
}

float hear(const std::int32_t* sum, const std::int32_t* less, float from, float to, float* out,
           std::size_t count) {
  Floats largest[kChains]{};
  const auto each = [&](auto whole) {
    with_gain(from / kContributionOne, to / kContributionOne, count, [&](auto gain) {
      for_each_vector(count, [&](auto memory, std::size_t i, Floats numbers, int chain) {
        const Floats value = __builtin_convertvector(whole(memory, i), Floats) * gain(numbers);
        memory.put(out + i, value);
        largest[chain] = most(absolute(value), largest[chain]);
      });
    });
  };
  if (less == nullptr) {
    each([&](auto memory, std::size_t i) { return memory.template get<Ints>(sum + i); });
  } else {
    each([&](auto memory, std::size_t i) {
      return memory.template get<Ints>(sum + i) - memory.template get<Ints>(less + i);
    });
  }
  return largest_of(largest);
}

float power(const float* in, std::size_t count) {
  Floats sums[kChains]{};
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int chain) {
    const auto value = memory.template get<Floats>(in + i);
    sums[chain] += value * value;
  });
  const Floats all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += all[lane];
  return count == 0 ? 0 : sum / static_cast<float>(count);
}

void clean(float* samples, std::size_t count) {
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int) {
    const Floats value = number_or_zero(memory.template get<Floats>(samples + i));
    memory.put(samples + i, within(value, kMostOfOneInput));
  });
}

float peak(const float* in, std::size_t count) {
  Floats largest[kChains]{};
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int chain) {
    largest[chain] = most(absolute(memory.template get<Floats>(in + i)), largest[chain]);
  });
  return largest_of(largest);
}

float scale(float* samples, float from, float to, std::size_t count) {
  Floats largest[kChains]{};
  with_gain(from, to, count, [&](auto gain) {
    for_each_vector(count, [&](auto memory, std::size_t i, Floats numbers, int chain) {
      const Floats value = memory.template get<Floats>(samples + i) * gain(numbers);
      memory.put(samples + i, value);
      largest[chain] = most(absolute(value), largest[chain]);
    });
  });
  return largest_of(largest);
}

void from_s16(const std::int16_t* in, float* out, std::size_t count) {
  constexpr float kOne = 1.0F / 32768;
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int) {
    memory.put(out + i,
               __builtin_convertvector(memory.template get<Shorts>(in + i), Floats) * kOne);
  });
}

void to_s16(const float* in, std::int16_t* out, std::size_t count) {
  for_each_vector(count, [&](auto memory, std::size_t i, Floats, int) {
    const Floats value = number_or_zero(memory.template get<Floats>(in + i)) * 32768;
    const Floats fitting = least(most(value, Floats{} - 32768), Floats{} + 32767);
    memory.put(out + i, __builtin_convertvector(nearest(fitting), Shorts));
  });
}

constexpr Kernels all_named(const char* name) {
  return {name, contribute, add, subtract, hear, power, clean, peak, scale, from_s16, to_s16};
}
