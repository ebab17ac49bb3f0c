{
  # Built with mpicxx as the compiler, which knows where MPI's headers and libraries are.
  'targets': [
    {
      'target_name': 'mpi',
      'sources': ['mpi.cc'],
      'defines': ['NAPI_VERSION=8', 'OMPI_SKIP_MPICXX', 'MPICH_SKIP_MPICXX'],
      'cflags': ['-Wall', '-Wextra'],
      'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['-std=gnu++17', '-O2', '-fexceptions', '-fvisibility=hidden'],
      'xcode_settings': {
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'CLANG_CXX_LANGUAGE_STANDARD': 'gnu++17',
      },
    },
  ],
  'variables': { 'openssl_fips': '' },
}
