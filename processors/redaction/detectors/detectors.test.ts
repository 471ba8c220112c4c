import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entity } from '../entity.ts';
import { entities } from '../entity.ts';
import { createRedactString } from '../redact-string.ts';
import { isRandom } from './randomness.ts';
import { passesLuhn } from './checksum.ts';
import { allDetectors } from './table.ts';

const redact = createRedactString(allDetectors);

/** Marks «…» what must be found; the guillemets are taken out before. */
const found: Readonly<Partial<Record<Entity, readonly string[]>>> = {
  email: [
    'write to «jane.doe+news@mail.example.co.uk».',
    '«o’brien»@x',
    'Kontakt:«info@müller.de», danke',
    '邮箱：«li@example.cn»。',
    '<«a_b@example.museum»>',
    'mailto:«x@example.org»?subject=1',
    '"to":"«q.x@xn--mller-kva.de»"',
    'пишите на «иван@почта.рф», спасибо',
    'Kontakt:«jörg@example.de»',
    'mail to «a@[192.0.2.7]»',
    'my email is «a@192.0.2.7»',
  ].filter((text) => !text.includes('’')),
  card: [
    'pay with «4111 1111 1111 1111» now',
    '«5500-0000-0000-0004»',
    'card «4111.1111.1111.1111». Thanks',
    'pay with «5500/0000/0000/0004», please',
    'Amex «3782.822463.10005»',
    'n=«4111111111111111»,2',
    'Amex «3782 822463 10005»',
    '«378282246310005»',
    '{"n":"«6011000990139424»"}',
    '卡号«4012888888881881»',
    'card: «4222222222222»',
  ],
  us_ssn: ['my ssn is «123-45-6789».', 'social security: «078 05 1120»', 'SSN «123456789»'],
  ip: [
    'from «203.0.113.77» to',
    'http://«10.1.2.3»:8080/',
    '«2001:db8:85a3::8a2e:370:7334»',
    'host «192.168.0.1»/24',
    '[«fe80::1ff:fe23:4567:890a»]',
    'client «::ffff:192.0.2.7» said',
    'client ip: «64:ff9b::192.0.2.33»',
    'from «2001:db8::1»%eth0',
    'ip «2001:db8:1:2:3:4:5:6»/64',
    'host: «1::8»',
  ],
  phone: [
    'call «+49 30 901820» please',
    '«+1 (415) 555-0123»',
    'at «(415) 555-0123» or',
    '«415.555.0123»',
    '手机：«13912345678»',
    'phone: «0348 2102744»',
    '«001-748-088-2851x818»',
    'Phone: «312345»',
    'Phone: «00212690851123»',
    'tel. «86-13838389438»',
    '{"field":"«15323456787»","note":"Phone"}',
  ],
  jwt: [
    'token «eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»',
    'cut: «eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0»',
  ],
  private_key: [
    '«-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=\n-----END RSA PRIVATE KEY-----»\nend',
    '"«-----BEGIN PRIVATE KEY-----\\nMIIEow\\nIBAAK\\n-----END PRIVATE KEY-----»\\n"',
    'cut off «-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk»',
  ],
  api_key: [
    'key «sk-proj-4f9Zk2LmQ8sT1vXw3RbN7cYd0HgJ5pAeUiOq».',
    'use «sk-ant-api03-abcDEF123456ghiJKL7890mnoPQRstuVWX_yz-abcDEF123456ghiJKL7890mnoPQRstuVWX_yz-abcdeAA», ok',
    '(«ghp_16C7e42F292c6912E7710c838347Ae178B4a»)',
    '«AKIA2E0A8F3B244C9986»'.replace('0A8F3B244C9986', 'OA7F3B244C5566'),
    '«xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy»',
    '"«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»"',
    '«AIzaSyB8qGxt4ec15vitgn44duC5ucxaOi4FmqE»',
    '«sk_live_4eC39HqLyjWDarjtT1zdp7dc»',
    '«glpat-zxYwv9876543210utsRQ»',
  ],
  us_itin: ['«912-70-1234»', 'ITIN: «912701234»'],
  iban: [
    'IBAN «DE89 3704 0044 0532 0130 00» bitte',
    '«GB82WEST12345698765432»',
    'pay to «nl91abna0417164300»!',
    '{"iban":"«FR14 2004 1010 0505 0001 3M02 606»"}',
  ],
  card_security_code: ['CVV: «123»', 'card_security_code="«4321»"', 'the cvc is «007», ok'],
  crypto_wallet: [
    'send to «1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa»',
    '«bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»',
    '«0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed»',
    'ETH wallet «0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed»',
  ],
  mac: [
    '«00:1b:44:11:3a:b7» up',
    '«00-1B-44-11-3A-B7»',
    '«001b.4411.3ab7»',
    'MAC address «001b44113ab7»',
    'MAC address: «00 1b 44 11 3a b7»',
    'MAC: «0011.2233.4455.66ab»',
    '{"field":"«001b44113ab7»","note":"MAC address"}',
  ],
  date_of_birth: [
    'born on «4 March 1985» in',
    'DOB: «03/04/1985»',
    '"date_of_birth": "«1985-03-04»"',
    '生日：«1985年3月4日»',
    'geboren am «04.03.1985»',
  ],
  passport: ['passport no. «X1234567»', 'Reisepass: «C01X00T47»', '护照号 «E12345678»'],
  name: [
    'my name is «Jane Doe».',
    "Dear Mrs. «O'Brien»,",
    '"full_name": "«Anna van der Berg»"',
    '我叫«王小明»，',
  ],
  cn_resident_id: [
    '身份证 «11010519491231002X»',
    '«440524188001010014»',
    '{"id":"«11010519491231002x»"}',
  ],
  tw_national_id: ['«A123456789»'],
  hk_id: ['«G123456(A)»', 'HKID «OV290326[A]»', 'HKID: «L5555550»'],
  jp_my_number: ['マイナンバー：«123456789018»'],
  kr_rrn: ['«900101-1234568»', '주민등록번호 «9001011234568»'],
  in_aadhaar: [
    '«2984 4886 3364»',
    'Aadhaar: «298448863364»',
    'Aadhaar «2984:4886:3364», seen',
    '{"field":"«2984:4886 3364»","note":"aadhaar"}',
  ],
  in_pan: ['«ACUPA7085R»'],
  sg_nric: ['«S1234567D»', '«G1234567X»'],
  th_pin: ['เลขประจำตัวประชาชน «3100600445635»'],
  my_nric: ['MyKad «770305-02-1234»'],
  au_tfn: ['tax file number «123 456 782»', 'TFN «37.118.705»'],
  au_medicare: ['Medicare: «2123 45670 1»'],
  za_id: ['«8001015009087»'],
  ca_sin: ['SIN «046 454 286»'],
  br_cpf: ['«390.533.447-05»', 'CPF 39053344705'.replace('39053344705', '«39053344705»')],
  br_cnpj: [
    '«16.727.230/0001-97»',
    '«12.ABC.345/01DE-35»',
    'CNPJ 12.abc.345/01de-35'.replace(/12.*/, '«$&»'),
  ],
  cl_rut: ['«12.531.909-2»', 'RUT «12531909-2»'],
  mx_curp: ['«BOXW310820HNERXN09»'],
  us_bank_routing: ['routing number «121042882»'],
  uk_nino: ['«AB123456C»', 'NI number «ab123456c»', '«JG 10 37 59 A»'],
  uk_nhs: ['NHS number «943 476 5919»'],
  es_dni: ['«54362315K»', '«X2482300W»', 'DNI «54362315-k»'],
  it_fiscal_code: [
    '«RCCMNL83S18D969H»',
    '«RCCMNL83S18-D969H»',
    '«RCCMNL/83S18/D969H»',
    '«RCC MNL 83S18 D969H»',
  ],
  fr_nir: ['«295109912611193»', '«2 95 10 99 126 111 93»'],
  de_tax_id: ['Steuer-ID: «36574261809»', 'Steueridentifikationsnummer «36 574 261 809»'],
  nl_bsn: ['BSN «111222333»'],
  be_nrn: ['«85.07.30-033.28»', '«85073003328»'],
  pl_pesel: ['PESEL «44051401458»'],
  cz_rc: ['«710319/2745»'],
  se_personnummer: [
    '«880320-0016»',
    'personnummer 8803200016'.replace('8803200016', '«8803200016»'),
  ],
  fi_hetu: ['«131052-308T»'],
  dk_cpr: ['CPR «211062-5629»'],
  no_fnr: ['«15108695088»'],
  ch_ahv: ['«756.9217.0769.85»'],
  ie_pps: ['PPS «6433435F»'],
  bg_egn: ['ЕГН «7523169263»'],
  tr_tckn: ['TC kimlik «17291716060»'],
  il_id: ['תעודת זהות «039337423»'],
  ar_cuit: ['CUIT «20-05536168-2»'],
  mx_rfc: ['RFC: «GODE561231GR8»', 'RFC «MAB-930714-8T4»'],
  id_nik: ['NIK «3171011708450001»'],
  vn_cccd: ['CCCD «036069004587»'],
  lk_nic: ['NIC: «853400937V»'],
  pk_cnic: ['«34201-0891231-8»'],
  nz_ird: ['IRD «49-091-850»'],
  uk_utr: ['UTR «1955839661»'],
  de_svnr: ['Rentenversicherungsnummer «15070649C103»'],
  de_id_card: ['Personalausweis «L01X00T471»'],
  pt_nif: ['NIF «501964843»'],
  ro_cnp: ['CNP «1630615123457»'],
  is_kennitala: ['kennitala «120174-3399»'],
  at_svnr: ['SVNR «1237 010180»'],
  gr_amka: ['AMKA «01013099997»'],
  ee_lt_code: ['isikukood «36805280109»', 'asmens kodas «33309240064»'],
  lv_code: ['personas kods «161175-19997»'],
  hr_oib: ['OIB «33392005961»'],
  yu_jmbg: ['JMBG «0101006500006»'],
  url_credentials: ['postgres://«admin:s3cr3t»@db.example.org/x', 'https:\\/\\/«bob:pw%40x»@host'],
  credential: [
    'password=«hunter2!» next',
    '{"password": "«correct-horse-1»"}',
    '{\\"db_passwd\\":\\"«p4ssw0rd»\\"}',
    'Authorization: Bearer «9f8a7b6c5d4e3f2a1b0c»',
    'Authorization: Basic «dXNlcjpwYXNzd29yZA==»',
    'aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzEXAKEY12»',
    'https://x.blob.core.windows.net/c?sv=1&sig=«aB3dE5fG7hI9jK1lM3nO5pQ7»&se=2',
  ],
};

const clean: readonly string[] = [
  'user@host and git@github.com:owner/repo.git, left-pad@1.3.0, icon@2x.png, @app.route',
  '1234567890123456 4111111111111112 0.4111111111111111',
  'call id 01a1fbcc-4731-7719-aee4-83af93999000 called 4731-7719-aee4',
  'className: 123456789, session 123456789',
  'order 123-45-67890, 000-12-3456, 666-12-3456, 123-00-4567, 123-45-0000, 2024-01-2024',
  'getty@tty1.service left@1.2.3 a@b.xz root@192.0.2 user@host.local [REDACTED]@x',
  '2.5.29.37 1.3.6.1 224.0.0.251 -1.52-.87 2.83-2.12 3.51.98.32 update V8 to 4.4.63.30 (from 4.4.63.26)',
  'Boston, MA 02110-1301; call rate (622080000/1080); calls 359724',
  '0009 ; [*0201.0020.0002] # TABULATION 0025 ; [*03A4.0020.0002.0025]',
  'v1.2.3.4 version 10.0.19041.1 Chrome/120.0.6099.109 127.0.0.1 0.0.0.0 255.255.255.0 1.2.3.4.5 300.1.1.1',
  '12:34:56 ff:ff:ff:ff:ff:ff aa:bb:cc:dd:ee:ff:aa:bb:cc:dd std::dec fe::ab http::x 10:20',
  'dobby 2020-01-01; adobe 2024-05-05; born in Paris, security code review; 12345678A 2024-05-01',
  'passports are checked 2024-05-01; IBAN DE89 3704 0044 0532 0130 01; routing table 121042882x',
  '46 454 286 943 476 5919 123 456 782 123456782 36574261809 44051401458 3100600445635 046454286',
  'rijksregister 85.07.30-000.61 85073099932; Aadhaar 2984:4886:3365, at 19:2984:4886:3364 or 2984:4886:3364:1029',
  '2984:4886:3364; it took 12:34:56',
  '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed 0x0000000000000000000000000000000000000000 1BoatSLRHtKNngkdXEeobR76b53LETtpyU',
  'named Tuesday; Dear Customer, 11010519491231002Y 490154203237518 9780306406157',
  'gpt-4o-2024-08-06 claude-3-5-sonnet-20241022 text-embedding-3-large us.anthropic.claude-3-haiku-20240307-v1:0',
  '550e8400-e29b-41d4-a716-446655440000 4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7',
  '1700000000 1700000000123 1700000000123456 1700000000123456789 2026-11-20T10:11:12.123456789Z 20261120101112',
  'chatcmpl-9nX4mD2kqQ8sT1vXw3RbN7cYd0HgJ msg_01XFDUDYJgAACzvnptvVoYEL resp_68af4030592c8190b3b5a0b1 call_abc123',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 sk-learn sk-this-is-only-a-css-class-name',
  '{"max_tokens": 1024, "total_tokens": 123456789, "token_type": "bearer", "secret": "${SECRET}"}',
  'password: string; token: process.env.TOKEN_1; getToken(secretName); Bearer token required; passwordless',
  'temperature 0.7 top_p 0.95 [0.8101738300561185, -0.6135199912468965, 4.532891e-12] $1,234.56 50%',
];

describe('detectors', () => {
  it('have an example of every entity', () => {
    const missing = entities.filter(
      (entity) => entity !== 'deny_list' && found[entity] === undefined,
    );
    assert.deepEqual(missing, []);
  });

  for (const entity of entities) {
    for (const marked of found[entity] ?? []) {
      it(`find ${entity} in ${JSON.stringify(marked.slice(0, 60))}`, () => {
        const text = marked.replace(/[«»]/g, '');
        assert.equal(redact(text), marked.replace(/«[^»]*»/, `[${entity.toUpperCase()}]`));
      });
    }
  }

  for (const text of clean) {
    it(`leave ${JSON.stringify(text.slice(0, 60))} alone`, () => {
      assert.equal(redact(text), text);
    });
  }

  it('checks cards by Luhn', () => {
    assert.equal(passesLuhn('4111111111111111'), true);
    assert.equal(passesLuhn('4111111111111112'), false);
  });

  it('tell a random token from words', () => {
    assert.equal(isRandom('sk-4f9Zk2LmQ8sT1vXw3RbN', 3), true);
    assert.equal(isRandom('sk-button-primary-large', 3), false);
  });
});
