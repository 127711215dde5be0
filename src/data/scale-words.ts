/**
 * @file Words that stand in an order: scales of size, severity, frequency, agreement, quality, schooling and the like, in English, German,
 * French, Spanish, Italian and Portuguese. Weekdays and months come round again and are no scale.
 */

/** `<` parts places, `|` words of one place; words as `folded` writes them: lower case, no accents, no apostrophes. */
const ENGLISH: readonly string[] = [
  'xxxs|3xs < xxs|2xs < xs|extra small|x small|tiny|very small < s|small|sml < m|medium|med|mid|average|regular < l|large|lrg|big < xl|extra large|x large|very large|very big|huge < xxl|2xl < xxxl|3xl < xxxxl|4xl < 5xl',
  'none|no|zero|nil|absent < negligible|minimal|extremely low < very low|vlow|v low|lowest < low|lower|lo|lt norm|decreased|reduced < below average|below normal|medium low|low medium < medium|med|mid|middle|moderate|average|avg|normal|norm|standard < above average|above normal|medium high|high medium < high|hi|higher|gt norm|elevated|increased|raised < very high|vhigh|v high|highest|well above normal < extreme|extremely high|critical',
  'none|no|absent|normal|healthy < questionable|doubtful|trace|trivial|minimal|very mild < mild|slight|minor|light|gtl|gentle < moderate|medium|mod|intermediate < moderately severe < severe|serious|major|marked|strong|heavy|sev|significant < very severe|critical|extreme|profound|very strong < fatal|catastrophic|lethal',
  'never|no < almost never|hardly ever|very rarely < rarely|seldom|rare|infrequently < occasionally|now and then < sometimes|from time to time < often|frequently|regularly|frequent < usually|very often|mostly|most of the time|very frequently < almost always|nearly always < always|constantly|all the time',
  'never < yearly|annually|annual|once a year < semi annually|half yearly|twice a year < quarterly < monthly|once a month < biweekly|fortnightly|every two weeks < weekly|once a week < several times a week < daily|every day|once a day < several times a day < hourly',
  'strongly disagree|completely disagree|totally disagree|fully disagree < disagree < somewhat disagree|slightly disagree|tend to disagree < neutral|neither agree nor disagree|neither|undecided|not sure < somewhat agree|slightly agree|tend to agree < agree < strongly agree|completely agree|totally agree|fully agree',
  'very dissatisfied|very unsatisfied|extremely dissatisfied|completely dissatisfied < dissatisfied|unsatisfied|not satisfied < somewhat dissatisfied|slightly dissatisfied < neutral|neither satisfied nor dissatisfied|neither|indifferent < somewhat satisfied|slightly satisfied < satisfied < very satisfied < extremely satisfied|completely satisfied',
  'impossible|very unlikely|extremely unlikely|definitely not < unlikely|improbable|probably not < somewhat unlikely < possible|possibly|maybe|neutral|neither likely nor unlikely < somewhat likely < likely|probable|probably < very likely|extremely likely|certain|definitely',
  'no < maybe|perhaps|partly|partial|partially|sometimes|limited < yes',
  'not important|not at all important|unimportant < slightly important < moderately important|somewhat important|fairly important < important|quite important < very important < extremely important|essential|crucial',
  'not at all < a little|slightly|a bit < somewhat|moderately < quite a bit|quite|fairly|mostly < very|very much|a lot < extremely|completely',
  'none|nothing < few|a few < some|several < many < most|nearly all|almost all < all',
  'worst|terrible|awful|very poor|very bad|horrible < poor|bad|po|inferior|insufficient|unacceptable|unsatisfactory < below average < fair|fa|passable|sufficient|acceptable|adequate|mediocre < average|ta|typical|avg|ok|okay|satisfactory|medium|moderate|normal|standard < above average < good|gd < very good|vgood|vg|v good < excellent|ex|great|superior|premium < ideal|outstanding|exceptional|perfect|best|superb',
  'none < low < average < good < best',
  'i3 < i2 < i1 < si3 < si2 < si1 < vs2 < vs1 < vvs2 < vvs1 < if < fl',
  'none|no schooling|no formal education|uneducated|illiterate|no education < preschool|nursery|pre school < kindergarten < 1st 4th|basic 4y|primary|primary school|elementary|elementary school|primary education < 5th 6th|basic 6y < 7th 8th|basic 9y|middle school|junior high|lower secondary < 9th|some high school|less than high school < 10th < 11th < 12th < hs grad|high school|highschool|secondary|secondary school|high school graduate|high school diploma|secondary education|upper secondary|secondary secondary special|ged < professional course|vocational|vocational school|trade school < some college|incomplete higher < associate|associates|associates degree|associate degree|assoc voc|assoc acdm|college|community college < bachelor|bachelors|bachelors degree|bachelor degree|undergraduate|university|university degree|college degree|bsc|tertiary|higher education < graduate|graduate school|graduate degree < master|masters|masters degree|master degree|postgraduate|post graduate|msc|mba < prof school|professional|professional degree|professional school < doctorate|phd|ph d|doctoral|doctoral degree|doctor|academic degree',
  'none < beginner|novice|basic|elementary < intermediate|medium < advanced|proficient < expert|fluent|native',
  'intern|trainee|apprentice < entry|entry level < junior|jr < mid|mid level|middle|intermediate < senior|sr < lead < principal',
  'newborn|baby|infant < toddler < child|kid < teen|teenager|adolescent < young adult|young < adult|middle|middle aged < senior|elderly|old',
  'freezing|very cold|frosty < cold < cool|chilly < mild|moderate|lukewarm|medium < warm < hot < very hot',
  'very slow < slow < medium|moderate|normal|average < fast|quick|rapid < very fast',
  'very short < short < medium|average|normal|moderate < long|tall < very long|very tall',
  'thin|narrow|slim < medium|average|normal < thick|wide|broad',
  'very weak < weak < medium|moderate|average|normal < strong < very strong',
  'very soft < soft < medium < hard < very hard',
  'very easy < easy|simple < medium|moderate|intermediate|normal|average < hard|difficult|challenging < very hard|very difficult|expert',
  'very light < light < medium|average < dark|heavy < very dark|very heavy',
  'dry < moist|damp < wet < very wet',
  'cheap|inexpensive < moderate|medium|average < expensive < very expensive|luxury',
  'early < mid|middle < late',
  'much worse < worse < somewhat worse|slightly worse < same|unchanged|no change|equal < somewhat better|slightly better < better|improved < much better',
  'falling|decreasing < stable|flat|steady|same|constant|no change < rising|increasing',
  'free < basic|starter < standard|plus < premium|pro|professional < enterprise|ultimate',
  'bronze < silver < gold < platinum < diamond',
  'lower|lower class < lower middle|lower middle class < middle|middle class < upper middle|upper middle class < upper|upper class',
  'bottom|lowest < lower < middle < upper < top|highest',
  'fail|failed < pass|passed < merit|credit < distinction|honours|honors',
  'sedentary|inactive < lightly active|light < moderately active|moderate < active < very active < extremely active',
  'zero|none < one|single < two|double < three|triple < four < five < six < seven < eight < nine < ten < eleven < twelve',
  'first|1st < second|2nd < third|3rd < fourth|4th < fifth|5th < sixth|6th < seventh|7th < eighth|8th < ninth|9th < tenth|10th',
];

const GERMAN: readonly string[] = [
  'kein|keine|keiner|ohne < sehr gering|sehr niedrig|minimal < gering|niedrig|tief < mittel|mittlere|mittlerer|massig|maessig|moderat|durchschnittlich|normal < hoch|erhoht < sehr hoch < extrem|extrem hoch|kritisch',
  'kein|keine|keiner|ohne|nein < sehr leicht|minimal < leicht|leichte|leichter|gering|schwach < mittel|mittelschwer|massig|maessig|mittlere|mittelgradig < schwer|schwere|schwerer|stark|starke|ausgepragt|hochgradig < sehr schwer|sehr stark < todlich',
  'nie|niemals < fast nie|sehr selten < selten < gelegentlich|ab und zu < manchmal|hin und wieder < oft|haufig|haeufig|regelmassig < meistens|sehr oft|sehr haufig < fast immer < immer|standig',
  'nie < jahrlich|jaehrlich|einmal im jahr < halbjahrlich < vierteljahrlich|quartalsweise < monatlich|einmal im monat < zweiwochentlich < wochentlich|woechentlich|einmal pro woche < taglich|taeglich < stundlich',
  'stimme gar nicht zu|stimme uberhaupt nicht zu|trifft gar nicht zu|trifft uberhaupt nicht zu|lehne vollig ab < stimme nicht zu|trifft nicht zu|lehne ab < stimme eher nicht zu|trifft eher nicht zu|lehne eher ab < neutral|teils teils|weder noch|unentschieden|trifft teilweise zu < stimme eher zu|trifft eher zu < stimme zu|trifft zu < stimme voll zu|stimme voll und ganz zu|stimme vollig zu|trifft voll zu|trifft voll und ganz zu|trifft vollig zu',
  'sehr unzufrieden|vollig unzufrieden < unzufrieden < eher unzufrieden < neutral|teils teils|weder noch < eher zufrieden < zufrieden < sehr zufrieden|vollig zufrieden',
  'ungenugend|sehr schlecht < mangelhaft|schlecht < ausreichend|massig|maessig < befriedigend|mittel|durchschnittlich|mittelmassig|ok < gut < sehr gut < ausgezeichnet|hervorragend|exzellent',
  'sehr klein|winzig < klein < mittel|mittelgross|normal < gross < sehr gross|riesig',
  'sehr unwahrscheinlich < unwahrscheinlich < vielleicht|moglich|eventuell < wahrscheinlich < sehr wahrscheinlich|sicher',
  'nein < vielleicht|teilweise|manchmal < ja',
  'unwichtig|gar nicht wichtig|nicht wichtig < weniger wichtig|eher unwichtig < mittel|teils teils|neutral < eher wichtig|ziemlich wichtig < wichtig < sehr wichtig',
  'kein abschluss|ohne abschluss|kein schulabschluss|ohne schulabschluss < grundschule < hauptschule|hauptschulabschluss|volksschule < realschule|realschulabschluss|mittlere reife|mittelschule < fachhochschulreife|fachabitur < abitur|gymnasium|matura|matur|hochschulreife < bachelor|fachhochschule < master|diplom|magister|universitat|hochschule|staatsexamen < promotion|doktor|doktorat',
  'eisig|sehr kalt < kalt < kuhl < mild|lau < warm < heiss < sehr heiss',
  'sehr kurz < kurz < mittel|mittellang < lang < sehr lang',
  'sehr langsam < langsam < mittel|normal < schnell < sehr schnell',
  'sehr einfach < einfach < mittel|normal < schwierig|schwer < sehr schwierig',
  'kind < jugendlicher|jugendliche < jung|junger erwachsener < erwachsen|erwachsener|mittel < alt|senior|senioren',
  'weich < mittel < hart',
  'hell < mittel < dunkel',
  'trocken < feucht < nass',
  'schlechter < gleich|unverandert < besser',
  'fallend|sinkend < gleichbleibend|stabil|konstant < steigend',
  'anfanger|grundkenntnisse < fortgeschritten|fortgeschrittene|fortgeschrittener < experte|expertin|profi',
  'unterschicht < untere mittelschicht < mittelschicht < obere mittelschicht < oberschicht',
  'null < eins|ein|eine < zwei < drei < vier < funf|fuenf < sechs < sieben < acht < neun < zehn < elf < zwolf|zwoelf',
  'erste|erster|erstes < zweite|zweiter|zweites < dritte|dritter|drittes < vierte|vierter|viertes < funfte|funfter|funftes',
];

const FRENCH: readonly string[] = [
  'aucun|aucune|nul|nulle|neant < tres faible|tres bas|tres basse|minime < faible|bas|basse < moyen|moyenne|modere|moderee|normal|normale < eleve|elevee|haut|haute|fort|forte < tres eleve|tres elevee|tres haut|tres haute|tres fort|tres forte < extreme|critique',
  'aucun|aucune|non|absent|absente < tres leger|tres legere|minime < leger|legere|benin|benigne|mineur|mineure|faible < modere|moderee|moyen|moyenne < grave|severe|majeur|majeure|fort|forte|important|importante < tres grave|tres severe|critique|extreme < mortel|mortelle',
  'jamais < presque jamais|tres rarement < rarement < occasionnellement|de temps en temps < parfois|quelquefois < souvent|frequemment|regulierement < tres souvent|la plupart du temps|generalement|habituellement < presque toujours < toujours',
  'jamais < annuel|annuelle|annuellement|tous les ans < semestriel|semestrielle < trimestriel|trimestrielle < mensuel|mensuelle|mensuellement|tous les mois < bimensuel|bimensuelle < hebdomadaire|toutes les semaines < quotidien|quotidienne|tous les jours',
  'pas du tout daccord|tout a fait en desaccord|fortement en desaccord|totalement en desaccord < pas daccord|en desaccord < plutot pas daccord|plutot en desaccord < neutre|ni daccord ni pas daccord|ni daccord ni en desaccord < plutot daccord < daccord < tout a fait daccord|fortement daccord|totalement daccord|entierement daccord',
  'tres insatisfait|tres insatisfaite|tres mecontent|tres mecontente < insatisfait|insatisfaite|mecontent|mecontente|pas satisfait|pas satisfaite < plutot insatisfait|plutot insatisfaite|peu satisfait|peu satisfaite < neutre < plutot satisfait|plutot satisfaite|assez satisfait|assez satisfaite < satisfait|satisfaite < tres satisfait|tres satisfaite',
  'tres mauvais|tres mauvaise < mauvais|mauvaise|insuffisant|insuffisante|mediocre < passable|suffisant|suffisante|acceptable < moyen|moyenne|correct|correcte|assez bien|assez bon|assez bonne < bon|bonne|bien < tres bon|tres bonne|tres bien < excellent|excellente|parfait|parfaite',
  'tres petit|tres petite|minuscule < petit|petite < moyen|moyenne < grand|grande|gros|grosse < tres grand|tres grande|tres gros|tres grosse',
  'tres improbable < improbable|peu probable < possible|peut etre < probable < tres probable|certain',
  'non < peut etre|parfois|partiellement|en partie < oui',
  'pas important|pas du tout important < peu important < moyennement important|assez important < important < tres important|essentiel',
  'aucun|aucune|aucun diplome|sans diplome < primaire|ecole primaire < college|brevet|bepc < cap|bep|cap bep < bac|baccalaureat|lycee|secondaire < bac+2|bac +2|bac 2|bts|dut|deug < licence|bac+3|bac +3|bac 3 < maitrise|bac+4|bac +4|bac 4 < master|bac+5|bac +5|bac 5|ingenieur|superieur|universite < doctorat|bac+8|bac +8|bac 8',
  'glacial|tres froid|tres froide < froid|froide < frais|fraiche < doux|douce|tiede < chaud|chaude < tres chaud|tres chaude',
  'tres court|tres courte < court|courte < moyen|moyenne < long|longue < tres long|tres longue',
  'tres lent|tres lente < lent|lente < moyen|moyenne|normal|normale < rapide < tres rapide',
  'tres facile < facile < moyen|moyenne|normal < difficile < tres difficile',
  'enfant < adolescent|adolescente < jeune|jeune adulte < adulte < age|agee|vieux|vieille',
  'pire|moins bien < pareil|identique|inchange|stable < mieux|meilleur|meilleure',
  'en baisse|baisse < stable < en hausse|hausse',
  'debutant|debutante < intermediaire < avance|avancee|confirme|confirmee < expert|experte',
  'zero < un|une < deux < trois < quatre < cinq < six < sept < huit < neuf < dix < onze < douze',
  'premier|premiere < deuxieme|second|seconde < troisieme < quatrieme < cinquieme',
];

const SPANISH: readonly string[] = [
  'ninguno|ninguna|nulo|nula|nada < muy bajo|muy baja|minimo|minima < bajo|baja < medio|media|mediano|mediana|moderado|moderada|normal|regular|intermedio|intermedia < alto|alta|elevado|elevada < muy alto|muy alta < extremo|extrema|critico|critica',
  'ninguno|ninguna|no|ausente < muy leve|minimo|minima < leve|ligero|ligera|menor < moderado|moderada|medio|media < grave|severo|severa|mayor|fuerte < muy grave|muy severo|muy severa|critico|critica|extremo|extrema < mortal|fatal',
  'nunca|jamas < casi nunca|muy raramente < raramente|rara vez|raras veces|pocas veces < ocasionalmente|de vez en cuando < a veces|algunas veces < a menudo|frecuentemente|con frecuencia|regularmente < muy a menudo|la mayoria de las veces|generalmente|normalmente|muchas veces < casi siempre < siempre',
  'nunca < anual|anualmente < semestral < trimestral < mensual|mensualmente < quincenal < semanal|semanalmente < diario|diaria|diariamente|a diario',
  'totalmente en desacuerdo|muy en desacuerdo|completamente en desacuerdo < en desacuerdo < algo en desacuerdo|mas bien en desacuerdo < neutral|neutro|ni de acuerdo ni en desacuerdo|indeciso < algo de acuerdo|mas bien de acuerdo < de acuerdo < totalmente de acuerdo|muy de acuerdo|completamente de acuerdo',
  'muy insatisfecho|muy insatisfecha < insatisfecho|insatisfecha < algo insatisfecho|algo insatisfecha|poco satisfecho|poco satisfecha < neutral|neutro|ni satisfecho ni insatisfecho < algo satisfecho|algo satisfecha < satisfecho|satisfecha < muy satisfecho|muy satisfecha',
  'pesimo|pesima|muy malo|muy mala|muy mal < malo|mala|mal|deficiente|insuficiente < regular|aceptable|suficiente|pasable < medio|media|normal|promedio < bueno|buena|bien < muy bueno|muy buena|muy bien|notable < excelente|sobresaliente|optimo|optima',
  'muy pequeno|muy pequena < pequeno|pequena|chico|chica < mediano|mediana|medio < grande < muy grande|enorme',
  'muy improbable < improbable|poco probable < posible|quizas|tal vez < probable < muy probable|seguro',
  'no < quizas|tal vez|a veces|parcialmente|en parte < si',
  'nada importante|sin importancia < poco importante < moderadamente importante|algo importante|bastante importante < importante < muy importante|esencial',
  'ninguno|ninguna|sin estudios|analfabeto|analfabeta < preescolar|infantil < primaria|educacion primaria|estudios primarios|basica < secundaria|eso|educacion secundaria|estudios secundarios < bachillerato|preparatoria|bachiller|media superior < formacion profesional|fp|tecnico|tecnica < universidad|universitario|universitaria|licenciatura|grado|superior|estudios universitarios < posgrado|postgrado|maestria|master < doctorado',
  'helado|muy frio|muy fria < frio|fria < fresco|fresca < templado|templada|tibio|tibia < calido|calida < caliente|caluroso|calurosa',
  'muy corto|muy corta < corto|corta < medio|media < largo|larga < muy largo|muy larga',
  'muy lento|muy lenta < lento|lenta < medio|media|normal < rapido|rapida < muy rapido|muy rapida',
  'muy facil < facil < medio|media|intermedio|normal < dificil < muy dificil',
  'nino < adolescente < joven < adulto|adulta < mayor|anciano|anciana|viejo|vieja',
  'peor < igual < mejor',
  'bajando|descendente < estable < subiendo|ascendente',
  'principiante|basico < intermedio < avanzado < experto',
  'cero < uno|una|un < dos < tres < cuatro < cinco < seis < siete < ocho < nueve < diez < once < doce',
  'primero|primera|primer < segundo|segunda < tercero|tercera|tercer < cuarto|cuarta < quinto|quinta',
];

const ITALIAN: readonly string[] = [
  'nessuno|nessuna|nullo|nulla|assente < molto basso|molto bassa|minimo|minima < basso|bassa < medio|media|moderato|moderata|normale < alto|alta|elevato|elevata < molto alto|molto alta|molto elevato|molto elevata < estremo|estrema|critico|critica',
  'nessuno|nessuna|no|assente < molto lieve|minimo|minima < lieve|leggero|leggera|minore < moderato|moderata|medio|media < grave|severo|severa|maggiore|forte < molto grave|gravissimo|gravissima|critico|critica < mortale|fatale',
  'mai < quasi mai|molto raramente < raramente|di rado < occasionalmente|ogni tanto|saltuariamente < a volte|qualche volta|talvolta < spesso|frequentemente|regolarmente < molto spesso|di solito|generalmente < quasi sempre < sempre',
  'mai < annuale|annualmente < semestrale < trimestrale < mensile|mensilmente < quindicinale < settimanale|settimanalmente < quotidiano|quotidiana|giornaliero|giornaliera|quotidianamente',
  'fortemente in disaccordo|totalmente in disaccordo|completamente in disaccordo|per niente daccordo < in disaccordo|non daccordo|disaccordo < parzialmente in disaccordo|piuttosto in disaccordo|poco daccordo < neutrale|neutro|ne daccordo ne in disaccordo|indeciso < abbastanza daccordo|parzialmente daccordo|piuttosto daccordo < daccordo < molto daccordo|fortemente daccordo|totalmente daccordo|completamente daccordo|pienamente daccordo',
  'molto insoddisfatto|molto insoddisfatta|per niente soddisfatto|per niente soddisfatta < insoddisfatto|insoddisfatta < poco soddisfatto|poco soddisfatta < neutrale|neutro|indifferente < abbastanza soddisfatto|abbastanza soddisfatta < soddisfatto|soddisfatta < molto soddisfatto|molto soddisfatta',
  'pessimo|pessima < cattivo|cattiva|scarso|scarsa|insufficiente|scadente < sufficiente|accettabile < medio|media|discreto|discreta|normale < buono|buona|bene < distinto|molto buono|molto buona < ottimo|ottima|eccellente',
  'molto piccolo|molto piccola < piccolo|piccola < medio|media < grande < molto grande|enorme',
  'molto improbabile < improbabile|poco probabile < possibile|forse < probabile < molto probabile|certo',
  'no < forse|a volte|parzialmente|in parte < si',
  'per niente importante|non importante < poco importante < abbastanza importante|moderatamente importante < importante < molto importante|essenziale',
  'nessuno|nessuna|nessun titolo|analfabeta < licenza elementare|elementare|elementari|scuola elementare|primaria < licenza media|medie|scuola media|media < qualifica professionale|diploma professionale < diploma|superiori|scuola superiore|liceo|maturita|secondaria < laurea triennale|triennale < laurea|laurea magistrale|magistrale|universita < master < dottorato|dottorato di ricerca|phd',
  'gelido|molto freddo|molto fredda < freddo|fredda < fresco|fresca < mite|tiepido|tiepida < caldo|calda < molto caldo|molto calda',
  'molto corto|molto breve < corto|corta|breve < medio|media < lungo|lunga < molto lungo|molto lunga',
  'molto lento|molto lenta < lento|lenta < medio|media|normale < veloce|rapido|rapida < molto veloce|molto rapido',
  'molto facile < facile < medio|media|normale|intermedio < difficile < molto difficile',
  'bambino|bambina < adolescente < giovane < adulto|adulta < anziano|anziana|vecchio|vecchia',
  'peggio|peggiore < uguale|invariato|invariata < meglio|migliore',
  'in calo < stabile < in aumento|in crescita',
  'principiante|base < intermedio < avanzato < esperto',
  'zero < uno|una|un < due < tre < quattro < cinque < sei < sette < otto < nove < dieci < undici < dodici',
  'primo|prima < secondo|seconda < terzo|terza < quarto|quarta < quinto|quinta',
];

const PORTUGUESE: readonly string[] = [
  'nenhum|nenhuma|nulo|nula < muito baixo|muito baixa|minimo|minima < baixo|baixa < medio|media|moderado|moderada|normal|regular < alto|alta|elevado|elevada < muito alto|muito alta < extremo|extrema|critico|critica',
  'nenhum|nenhuma|nao|ausente < muito leve|minimo|minima < leve|ligeiro|ligeira|menor < moderado|moderada|medio|media < grave|severo|severa|maior|forte < muito grave|critico|critica < fatal|mortal',
  'nunca|jamais < quase nunca|muito raramente < raramente|poucas vezes < ocasionalmente|de vez em quando < as vezes|por vezes|algumas vezes < frequentemente|com frequencia|muitas vezes|regularmente < muito frequentemente|geralmente|normalmente|na maioria das vezes < quase sempre < sempre',
  'nunca < anual|anualmente < semestral < trimestral < mensal|mensalmente < quinzenal < semanal|semanalmente < diario|diaria|diariamente|todos os dias',
  'discordo totalmente|discordo completamente|discordo fortemente < discordo < discordo parcialmente|discordo em parte < neutro|nao concordo nem discordo|nem concordo nem discordo|indiferente < concordo parcialmente|concordo em parte < concordo < concordo totalmente|concordo completamente|concordo fortemente',
  'muito insatisfeito|muito insatisfeita < insatisfeito|insatisfeita < pouco satisfeito|pouco satisfeita < neutro|indiferente < um pouco satisfeito|um pouco satisfeita|razoavelmente satisfeito|razoavelmente satisfeita < satisfeito|satisfeita < muito satisfeito|muito satisfeita',
  'pessimo|pessima|muito ruim|muito mau|muito ma < ruim|mau|ma|insuficiente|fraco|fraca < regular|razoavel|suficiente|aceitavel < medio|media|normal < bom|boa|bem < muito bom|muito boa < otimo|otima|excelente',
  'muito pequeno|muito pequena < pequeno|pequena < medio|media < grande < muito grande|enorme',
  'muito improvavel < improvavel|pouco provavel < possivel|talvez < provavel < muito provavel|certo',
  'nao < talvez|as vezes|parcialmente|em parte < sim',
  'nada importante|sem importancia < pouco importante < moderadamente importante|razoavelmente importante < importante < muito importante|essencial',
  'nenhum|nenhuma|analfabeto|analfabeta|sem escolaridade|sem instrucao < pre escola|infantil < fundamental incompleto|ensino fundamental incompleto|primario|primaria < fundamental|ensino fundamental|fundamental completo|ensino fundamental completo < medio incompleto|ensino medio incompleto < medio|ensino medio|medio completo|ensino medio completo|secundario|secundaria|ensino secundario < tecnico|curso tecnico < superior incompleto|ensino superior incompleto < superior|ensino superior|graduacao|licenciatura|superior completo|bacharelado|ensino superior completo|universitario < pos graduacao|especializacao < mestrado < doutorado|doutoramento',
  'gelado|muito frio|muito fria < frio|fria < fresco|fresca < ameno|amena|morno|morna < quente < muito quente',
  'muito curto|muito curta < curto|curta < medio|media < longo|longa < muito longo|muito longa',
  'muito lento|muito lenta < lento|lenta < medio|media|normal < rapido|rapida < muito rapido|muito rapida',
  'muito facil < facil < medio|media|intermediario|normal < dificil < muito dificil',
  'crianca < adolescente < jovem < adulto|adulta < idoso|idosa|velho|velha',
  'pior < igual < melhor',
  'em queda < estavel < em alta',
  'iniciante|basico < intermediario|intermedio < avancado < especialista|perito',
  'zero < um|uma < dois|duas < tres < quatro < cinco < seis < sete < oito < nove < dez < onze < doze',
  'primeiro|primeira < segundo|segunda < terceiro|terceira < quarto|quarta < quinto|quinta',
];

/** Words before a number that say it is a place in an order: `Stage II`, `Niveau 3`. Of zones, shops, types and classes numbers are names. */
const COUNTED =
  'level grade stage tier phase rank degree step year quartile quintile decile tercile stufe stadium grad niveau rang jahr jahrgang quartil quintil dezil stade degre annee etape nivel grado etapa fase estadio rango ano cuartil decil livello stadio rango anno grau estagio';

/** What people write instead of a place: it counts as a missing cell of the scale. */
const NO_ANSWER =
  'unknown|not known|not available|not applicable|refused|no answer|dont know|prefer not to say|not stated|unbekannt|keine angabe|weiss nicht|inconnu|inconnue|non renseigne|ne sait pas|sans reponse|desconocido|desconocida|no sabe|no contesta|ns nc|sconosciuto|sconosciuta|non so|non disponibile|nessuna risposta|desconhecido|desconhecida|nao sei|nao informado|nao disponivel';

/** Each word's place in each scale that has it. */
const PLACES = placesOf([...ENGLISH, ...GERMAN, ...FRENCH, ...SPANISH, ...ITALIAN, ...PORTUGUESE]);
const COUNTED_WORDS = new Set(COUNTED.split(' '));
const NO_ANSWERS = new Set(NO_ANSWER.split('|'));
const ROMAN = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x'];
/** Nobody says longer words of a scale. */
const LONGEST = 60;

function placesOf(scales: readonly string[]): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const places = new Map<string, Map<number, number>>();
  scales.forEach((scale, s) =>
    scale.split(' < ').forEach((words, place) => {
      for (const word of words.split('|'))
        places.set(word, (places.get(word) ?? new Map<number, number>()).set(s, place));
    }),
  );
  return places;
}

/** Lower case without accents and apostrophes; what is no letter, digit or `+` parts words. */
export function folded(text: string): string {
  return text
    .slice(0, 4 * LONGEST)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}|['\u2019]/gu, '')
    .replaceAll('\u00df', 'ss')
    .replace(/[^\p{L}\p{N}+]+/gu, ' ')
    .trim();
}

/** True for `unknown`, `keine Angabe` and the like. */
export function isNoAnswer(text: string): boolean {
  return NO_ANSWERS.has(folded(text));
}

/** The places of a text on the scales that have it, by scale; those of `Stage II` are on a scale of its first word. */
export function wordPlaces(text: string): ReadonlyMap<number | string, number> {
  const word = text.length > LONGEST ? '' : folded(text);
  const [, counted, number, letter = ''] = /^(\p{L}+) ?(\d{1,3}|[ivx]+) ?([a-d]?)$/u.exec(word) ?? [];
  if (counted !== undefined && COUNTED_WORDS.has(counted)) {
    const place = /\d/.test(number) ? Number(number) : ROMAN.indexOf(number) + 1;
    if (place > 0 || number === '0')
      return new Map([[counted, place + (letter === '' ? 0 : letter.charCodeAt(0) - 96) / 8]]);
  }
  return PLACES.get(word) ?? new Map<number, number>();
}

/** The place of each text on the first scale that has them all, no two in one; undefined where none has. */
export function wordOrder(texts: readonly string[]): readonly number[] | undefined {
  const all = texts.map(wordPlaces);
  for (const scale of all[0]?.keys() ?? []) {
    const places = all.map((own) => own.get(scale) ?? Number.NaN);
    if (!places.some(Number.isNaN) && new Set(places).size === texts.length) return places;
  }
  return undefined;
}
