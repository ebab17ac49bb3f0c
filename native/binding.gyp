{
  # A kernel file is compiled once for each instruction set. gyp has no flags for a single file, so each set is
  # a target.
  'variables': {
    'strict%': '1',
    'sanitize%': '',
    'openssl_fips': '',
  },
  'target_defaults': {
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
    'cflags': ['-Wall', '-Wextra'],
    'cflags_cc': [
      '-std=gnu++17', '-O3', '-fexceptions', '-fvisibility=hidden', '-fno-math-errno',
      '-ffp-contract=fast', '-Wno-psabi',
    ],
    'xcode_settings': {
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'CLANG_CXX_LANGUAGE_STANDARD': 'gnu++17',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'OTHER_CPLUSPLUSFLAGS': [
        '-Wall', '-Wextra', '-fvisibility=hidden', '-fno-math-errno', '-ffp-contract=fast', '-Wno-psabi',
      ],
    },
    'defines': ['NAPI_VERSION=8'],
    'conditions': [
      ['strict=="1"', { 'cflags': ['-Werror'] }],
      ['sanitize!=""', {
        'cflags': ['-fsanitize=<(sanitize)', '-fno-omit-frame-pointer', '-g', '-fno-sanitize-recover=undefined'],
        'ldflags': ['-fsanitize=<(sanitize)'],
      }],
    ],
  },
  'targets': [
    {
      'target_name': 'multvae',
      'sources': [
        'binding/arguments.cc',
        'binding/elementwise.cc',
        'binding/gaussian.cc',
        'binding/layout.cc',
        'binding/module.cc',
        'binding/packed.cc',
        'binding/product.cc',
        'binding/ranking.cc',
        'binding/reduction.cc',
        'binding/regression.cc',
        'binding/sparse.cc',
        'binding/sweep.cc',
        'isa/portable.cc',
        'isa/select.cc',
        'operations/elementwise.cc',
        'operations/gaussian.cc',
        'operations/layout.cc',
        'operations/packed.cc',
        'operations/product.cc',
        'operations/ranking.cc',
        'operations/reduction.cc',
        'operations/regression.cc',
        'operations/sparse.cc',
        'operations/sweep.cc',
        'threads/cores.cc',
        'threads/pool.cc',
      ],
      'dependencies': ['noise'],
      'conditions': [
        ['target_arch=="x64"', { 'dependencies': ['avx2', 'avx512', 'avx512bf16', 'avx512vnni'] }],
        ['target_arch=="arm64"', { 'dependencies': ['neon'] }],
        ['OS=="linux"', { 'libraries': ['-lpthread'] }],
      ],
    },
    {
      'target_name': 'noise',
      'type': 'static_library',
      'sources': ['operations/noise.cc'],
      'cflags_cc': ['-ffp-contract=off'],
      'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off'] },
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'avx2',
          'type': 'static_library',
          'sources': ['isa/avx2.cc'],
          'cflags_cc': ['-mavx2', '-mfma'],
          'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma'] },
        },
        {
          'target_name': 'avx512',
          'type': 'static_library',
          'sources': ['isa/avx512.cc'],
          'cflags_cc': [
            '-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl',
            '-mprefer-vector-width=512',
          ],
          'xcode_settings': {
            'OTHER_CPLUSPLUSFLAGS': [
              '-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl',
              '-mprefer-vector-width=512',
            ],
          },
        },
        {
          'target_name': 'avx512bf16',
          'type': 'static_library',
          'sources': ['isa/avx512bf16.cc'],
          'cflags_cc': [
            '-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512bf16',
            '-mprefer-vector-width=512',
          ],
          'xcode_settings': {
            'OTHER_CPLUSPLUSFLAGS': [
              '-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512bf16',
              '-mprefer-vector-width=512',
            ],
          },
        },
        {
          'target_name': 'avx512vnni',
          'type': 'static_library',
          'sources': ['isa/avx512vnni.cc'],
          'cflags_cc': [
            '-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512vnni',
            '-mprefer-vector-width=512',
          ],
          'xcode_settings': {
            'OTHER_CPLUSPLUSFLAGS': [
              '-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512vnni',
              '-mprefer-vector-width=512',
            ],
          },
        },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        {
          'target_name': 'neon',
          'type': 'static_library',
          'sources': ['isa/neon.cc'],
        },
      ],
    }],
  ],
}
